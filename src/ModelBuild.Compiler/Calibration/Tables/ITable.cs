namespace ModelBuild.Compiler.Calibration.Tables;

/// <summary>Rows of numbers in columns that may have names. It is read from the first row to the last, once.</summary>
internal interface ITable : IDisposable
{
    string File { get; }

    /// <summary>Null where columns have no names.</summary>
    IReadOnlyList<string>? Names { get; }

    int Columns { get; }

    long Rows { get; }

    /// <summary>Goes on to the next row; the first call goes to the first.</summary>
    void Next();

    /// <summary>Of the row where the table stands.</summary>
    /// <exception cref="CompilationException">MODELB2003: it is none.</exception>
    double Number(int column);

    /// <summary>Of the row where the table stands.</summary>
    /// <exception cref="CompilationException">MODELB2003: it is none.</exception>
    long Integer(int column);
}
