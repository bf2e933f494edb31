using Parquet;
using Parquet.Schema;

namespace ModelBuild.Compiler.Calibration.Tables;

/// <summary>A .parquet file with columns of numbers. One row group is in memory at a time.</summary>
internal sealed class ParquetTable : ITable
{
    private readonly ParquetReader _reader;
    private readonly DataField[] _fields;
    private readonly double[]?[] _numbers;
    private readonly long[]?[] _integers;
    private ParquetRowGroupReader? _group;
    private int _groups;
    private long _row;

    private ParquetTable(string file, ParquetReader reader)
    {
        File = file;
        _reader = reader;
        _fields = reader.Schema.GetDataFields();
        _numbers = new double[]?[_fields.Length];
        _integers = new long[]?[_fields.Length];
        Names = [.. _fields.Select(field => field.Name)];
        for (int i = 0; i < reader.RowGroupCount; i++)
        {
            using ParquetRowGroupReader group = reader.OpenRowGroupReader(i);
            Rows += group.RowCount;
        }
    }

    public string File { get; }

    public IReadOnlyList<string>? Names { get; }

    public int Columns => _fields.Length;

    public long Rows { get; }

    /// <exception cref="CompilationException">MODELB2003: it cannot be read.</exception>
    public static ParquetTable Open(string file)
    {
        FileStream stream = NpyReader.OpenFile(file, ArrayUse.Calibration);
        try
        {
            return Guard(file, () => new ParquetTable(
                file, ParquetReader.CreateAsync(stream, leaveStreamOpen: false).GetAwaiter().GetResult()));
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public void Next()
    {
        _row++;
        while (_group is null || _row >= _group.RowCount)
        {
            _group?.Dispose();
            _group = Guard(File, () => _reader.OpenRowGroupReader(_groups++));
            Array.Clear(_numbers);
            Array.Clear(_integers);
            _row = 0;
        }
    }

    public double Number(int column) => (_numbers[column] ??= Guard(File, () => Load(column, Convert.ToDouble)))[_row];

    public long Integer(int column) => IsWhole(_fields[column].ClrType)
        ? (_integers[column] ??= Guard(File, () => Load(column, Convert.ToInt64)))[_row]
        : throw Error(
            File,
            $"has {_fields[column].ClrType.Name} in column '{Names![column]}', and the model's input takes integers. Save it as such.");

    public void Dispose()
    {
        _group?.Dispose();
        _reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private static bool IsWhole(Type type) =>
        type == typeof(bool) || type == typeof(sbyte) || type == typeof(byte) || type == typeof(short) || type == typeof(ushort)
        || type == typeof(int) || type == typeof(uint) || type == typeof(long);

    private T[] Load<T>(int column, Func<object, IFormatProvider?, T> convert)
    {
        Type type = _fields[column].ClrType;
        return type == typeof(double) ? Load<double, T>(column, convert)
            : type == typeof(float) ? Load<float, T>(column, convert)
            : type == typeof(int) ? Load<int, T>(column, convert)
            : type == typeof(long) ? Load<long, T>(column, convert)
            : type == typeof(bool) ? Load<bool, T>(column, convert)
            : type == typeof(byte) ? Load<byte, T>(column, convert)
            : type == typeof(sbyte) ? Load<sbyte, T>(column, convert)
            : type == typeof(short) ? Load<short, T>(column, convert)
            : type == typeof(ushort) ? Load<ushort, T>(column, convert)
            : type == typeof(uint) ? Load<uint, T>(column, convert)
            : type == typeof(decimal) ? Load<decimal, T>(column, convert)
            : throw Error(File, $"has {type.Name} in column '{Names![column]}', where a number is wanted. Save columns of numbers only.");
    }

    private TResult[] Load<T, TResult>(int column, Func<object, IFormatProvider?, TResult> convert)
        where T : struct
    {
        DataField field = _fields[column];
        if (field.IsArray || field.MaxRepetitionLevel > 0)
        {
            throw Error(
                File, $"has lists in column '{field.Name}'. Give each of their numbers a column, or save the samples with numpy.save.");
        }

        var result = new TResult[_group!.RowCount];
        if (field.IsNullable)
        {
            var values = new T?[result.Length];
            _group.ReadAsync<T>(field, values.AsMemory()).AsTask().GetAwaiter().GetResult();
            for (int i = 0; i < values.Length; i++)
            {
                result[i] = convert(
                    values[i] ?? throw Error(
                        File,
                        $"has no value in row {i} of column '{field.Name}'. Fill in what the application passes there, or leave the row "
                            + "out."),
                    null);
            }
        }
        else
        {
            var values = new T[result.Length];
            _group.ReadAsync<T>(field, values.AsMemory()).AsTask().GetAwaiter().GetResult();
            for (int i = 0; i < values.Length; i++)
            {
                result[i] = convert(values[i], null);
            }
        }

        return result;
    }

    /// <summary>The library reads untrusted bytes, and says what is wrong in exceptions of many kinds.</summary>
    private static T Guard<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not CompilationException and not OutOfMemoryException)
        {
            throw Error(file, $"is no Parquet file, or is damaged: {e.Message} Write it again.");
        }
    }

    private static CompilationException Error(string file, string what) =>
        new(DiagnosticCodes.CalibrationType, $"Sample file '{file}' {what}", file);
}
