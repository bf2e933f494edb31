using System.Runtime.InteropServices;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Calibration.Tables;

/// <summary>Columns of a table that are the samples of one input. The arrays of a table go through it together.</summary>
internal sealed class TableColumns : IArrayReader
{
    private readonly ITable _table;
    private readonly int[] _columns;
    private readonly bool _isFirst;

    private TableColumns(ITable table, Value input, int[] columns, bool isFirst)
    {
        (_table, _columns, _isFirst) = (table, columns, isFirst);
        Type = input.Type switch
        {
            DataType.Float16 or DataType.Float32 or DataType.Float64 => DataType.Float64,
            DataType.Bool => DataType.Bool,
            _ => DataType.Int64,
        };
        Array = columns.Length == 1 && table.Names is { } names ? names[columns[0]] : Path.GetFileName(table.File);
        Dimensions = [table.Rows, .. Sample(input.KnownShape)];
    }

    public string Array { get; }

    public DataType Type { get; }

    public IReadOnlyList<long> Dimensions { get; }

    public string? Remedy => $"Give the table the columns that the model takes, and no others: it has {_table.Columns}.";

    /// <summary>All columns where the model has one input; of several, those that have the inputs' names.</summary>
    /// <exception cref="CompilationException">MODELB2002: an input has no column.</exception>
    public static TableColumns For(ITable table, Value input, IReadOnlyList<Value> inputs)
    {
        string[] names = [.. table.Names ?? []];
        int column = System.Array.IndexOf(names, input.Name);
        if (inputs.Count == 1 && !(column >= 0 && IsScalar(input.KnownShape)))
        {
            return new TableColumns(table, input, [.. Enumerable.Range(0, table.Columns)], isFirst: true);
        }

        return column >= 0 ? new TableColumns(table, input, [column], input == inputs[0]) : throw new CompilationException(
            DiagnosticCodes.CalibrationShape,
            $"Sample file '{table.File}' has no column for the model's input '{input.Name}'; "
                + (names.Length == 0 ? "its columns have no names. Give it a header with the names of the inputs: "
                    : $"it has {string.Join(", ", names.Select(n => $"'{n}'"))}. Name the columns as the inputs: ")
                + $"{string.Join(",", inputs.Select(i => i.Name))}.",
            table.File);
    }

    public void Read(Span<byte> buffer)
    {
        // The arrays of one table are read in turns, one row each time.
        for (int read = 0, row = _columns.Length * Type.Size(); read < buffer.Length; read += row)
        {
            if (_isFirst)
            {
                _table.Next();
            }

            Span<byte> target = buffer.Slice(read, row);
            for (int i = 0; i < _columns.Length; i++)
            {
                switch (Type)
                {
                    case DataType.Float64:
                        MemoryMarshal.Cast<byte, double>(target)[i] = _table.Number(_columns[i]);
                        break;
                    case DataType.Bool:
                        target[i] = _table.Integer(_columns[i]) != 0 ? (byte)1 : (byte)0;
                        break;
                    default:
                        MemoryMarshal.Cast<byte, long>(target)[i] = _table.Integer(_columns[i]);
                        break;
                }
            }
        }
    }

    /// <summary>The table belongs to the file.</summary>
    public void Dispose()
    {
    }

    private static bool IsScalar(Shape shape) => shape.Skip(1).All(d => d.IsConstant && d.Value == 1);

    /// <summary>The shape of a row: the input's own behind its batch, where that takes as many numbers.</summary>
    private long[] Sample(Shape shape)
    {
        Dimension[] own = [.. shape];
        bool hasBatch = own.Length > 0 && (!own[0].IsConstant || own[0].Value == 1);
        Dimension[] behind = hasBatch ? own[1..] : own;
        return behind.All(d => d.IsConstant) && behind.Aggregate(1L, (product, d) => product * d.Value) == _columns.Length
            ? [.. behind.Select(d => d.Value)]
            : [_columns.Length];
    }
}
