using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace ModelBuild.Compiler.Calibration.Tables;

/// <summary>
/// A .csv file (RFC 4180): commas between fields, a point in numbers, quotes where a field has either. The first row has names where one of
/// its fields is no number.
/// </summary>
internal sealed class CsvTable : ITable
{
    private readonly CsvParser _rows;

    private CsvTable(string file, CsvParser rows)
    {
        File = file;
        _rows = rows;
    }

    public string File { get; }

    public IReadOnlyList<string>? Names { get; private init; }

    public int Columns { get; private init; }

    public long Rows { get; private init; }

    /// <summary>Counts the rows, and checks that all have as many fields.</summary>
    /// <exception cref="CompilationException">MODELB2003: it cannot be read.</exception>
    public static CsvTable Open(string file)
    {
        string[] first = [];
        long rows = 0;
        using (CsvParser counter = Parser(file))
        {
            while (Read(counter, file))
            {
                first = rows == 0 ? FirstRow(counter, file) : first;
                if (counter.Count != first.Length)
                {
                    throw Error(
                        file,
                        $"has {counter.Count} fields in line {counter.RawRow} and {first.Length} in the first. Give every row one for each "
                            + "column.");
                }

                rows++;
            }
        }

        bool hasNames = first.Any(field => !IsNumber(field));
        CsvParser parser = Parser(file);
        _ = hasNames && Read(parser, file);
        return new CsvTable(file, parser)
        {
            Names = hasNames ? first : null, Columns = first.Length, Rows = rows - (hasNames ? 1 : 0),
        };
    }

    public void Next()
    {
        if (!Read(_rows, File))
        {
            throw Error(File, "has become shorter while it was read. Leave it alone during a build.");
        }
    }

    public double Number(int column)
    {
        string field = _rows[column].Trim();
        return double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? number : throw NotANumber(column, field, "a number, such as 0.5 or 1e-3");
    }

    public long Integer(int column)
    {
        string field = _rows[column].Trim();
        return long.TryParse(field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number
            : bool.TryParse(field, out bool truth) ? (truth ? 1 : 0)
            : throw NotANumber(column, field, "an integer, which the model's input takes");
    }

    public void Dispose() => _rows.Dispose();

    private static CsvParser Parser(string file) => new(
        new StreamReader(NpyReader.OpenFile(file, ArrayUse.Calibration), Encoding.UTF8),
        new CsvConfiguration(CultureInfo.InvariantCulture) { IgnoreBlankLines = true });

    private static bool Read(CsvParser parser, string file)
    {
        try
        {
            return parser.Read();
        }
        catch (Exception e) when (e is CsvHelperException or IOException)
        {
            throw Error(file, $"cannot be read: {e.Message} Save it as UTF-8 text with commas.");
        }
    }

    /// <summary>Where semicolons lie between fields, as spreadsheets write them in much of the world, commas lie within numbers.</summary>
    private static string[] FirstRow(CsvParser parser, string file)
    {
        string[] row = [.. parser.Record!.Select(field => field.Trim())];
        return Array.Exists(row, field => field.Contains(';', StringComparison.Ordinal)
            && (row.Length == 1 || Array.TrueForAll(field.Split(';'), IsNumber)))
            ? throw Error(file, "has semicolons between its fields. Save it with commas, and with a point in numbers.")
            : row;
    }

    private static bool IsNumber(string field) => field.Length == 0 || bool.TryParse(field, out _)
        || double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private CompilationException NotANumber(int column, string field, string wanted) => Error(
        File,
        $"has '{field}' in line {_rows.RawRow}, column {(Names is null ? $"{column + 1}" : $"'{Names[column]}'")}, which is not {wanted}. "
            + "Fill in what the application passes there, or leave the row out.");

    private static CompilationException Error(string file, string what) =>
        new(DiagnosticCodes.CalibrationType, $"Sample file '{file}' {what}", file);
}
