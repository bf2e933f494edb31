using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Calibration;

/// <summary>The samples of one input in one file.</summary>
internal sealed class SampleArray : IDisposable
{
    /// <summary>Of one sample, so that it can be read at once whatever its type: the largest takes 8 bytes.</summary>
    private const long MaximumElements = NpyReader.MaximumBytesAtOnce / 8;

    private readonly IArrayReader _reader;
    private readonly string _file;
    private readonly int _elements;
    private readonly bool _isStacked;
    private Tensor? _only;
    private long _read;

    /// <param name="reader">The array.</param>
    /// <param name="input">What it is for.</param>
    /// <param name="file">Where it lies.</param>
    /// <param name="isStacked">Whether samples may lie one after the other along the first dimension of the input.</param>
    public SampleArray(IArrayReader reader, Value input, string file, bool isStacked)
    {
        _reader = reader;
        _file = file;
        Input = input;
        _isStacked = isStacked;
        try
        {
            CheckType();
            (Count, Dimensions) = Cut(reader.Dimensions) ?? throw WrongShape();
            long elements = Dimensions.Aggregate(1L, (product, d) => checked(product * d));
            if (elements > MaximumElements)
            {
                throw Unfit(
                    $"has samples of {elements} elements, and one of more than {MaximumElements} is not read. Calibrate with smaller "
                        + $"inputs, where '{input.Name}' takes them.");
            }

            _elements = (int)elements;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    public Value Input { get; }

    public string Name => _reader.Array;

    public long Count { get; }

    /// <summary>Of one sample.</summary>
    public long[] Dimensions { get; }

    public Tensor Next()
    {
        if (_only is not null)
        {
            return _only;
        }

        var data = new byte[_elements * _reader.Type.Size()];
        _reader.Read(data);
        var sample = new Tensor(Input.Type, Dimensions, Convert(data));
        _read++;
        _only = Count == 1 ? sample : null;
        return sample;
    }

    public void Dispose() => _reader.Dispose();

    /// <summary>How many samples an array holds for an input, and the shape of one; null where it does not fit.</summary>
    private (long Count, long[] Dimensions)? Cut(IReadOnlyList<long> array)
    {
        Shape input = Input.KnownShape;

        // A batch that is free or one is the axis along which samples are stacked; a model without one gets an axis before its own.
        bool hasBatchAxis = _isStacked && input.Rank > 0 && (!input[0].IsConstant || input[0].Value == 1);
        if (hasBatchAxis && array.Count == input.Rank && Fits(input, 1, array, 1) && array[0] > 0)
        {
            return (array[0], [1, .. array.Skip(1)]);
        }

        if (hasBatchAxis && array.Count == input.Rank - 1 && Fits(input, 1, array, 0))
        {
            return (1, [1, .. array]);
        }

        if (!hasBatchAxis && array.Count == input.Rank && Fits(input, 0, array, 0))
        {
            return (1, [.. array]);
        }

        return array.Count == input.Rank + 1 && Fits(input, 0, array, 1) && array[0] > 0 ? (array[0], [.. array.Skip(1)]) : null;
    }

    private static bool Fits(Shape input, int inputStart, IReadOnlyList<long> array, int arrayStart)
    {
        for (int i = 0; i < input.Rank - inputStart; i++)
        {
            Dimension dimension = input[inputStart + i];
            long size = array[arrayStart + i];
            if (dimension.IsConstant ? dimension.Value != size : size == 0)
            {
                return false;
            }
        }

        return true;
    }

    private void CheckType()
    {
        (bool fits, string hint) = Kind(Input.Type) switch
        {
            'f' => (
                Kind(_reader.Type) == 'f',
                "Prepare the samples as the application prepares its inputs (often: divide by 255), and save them as float32."),
            'i' => (
                Kind(_reader.Type) == 'i',
                Input.Pixels is null
                    ? $"Save the samples as the application passes them, as {Input.Type}: what was scaled to floats is no longer in them."
                    : "Save the images as the application passes them: their bytes, as uint8, before anything is divided or subtracted."),
            'b' => (Kind(_reader.Type) == 'b', "Save the samples as bool."),
            _ => (false, "Inputs of this type cannot be calibrated."),
        };
        if (!fits)
        {
            throw Unfit($"has elements of type {_reader.Type}, but input '{Input.Name}' takes {Input.Type}. {_reader.Remedy ?? hint}");
        }
    }

    private static char Kind(DataType type) => type switch
    {
        DataType.Float16 or DataType.Float32 or DataType.Float64 => 'f',
        DataType.Bool => 'b',
        DataType.UInt8 or DataType.UInt16 or DataType.UInt32 or DataType.UInt64 => 'i',
        DataType.Int8 or DataType.Int16 or DataType.Int32 or DataType.Int64 => 'i',
        _ => '?',
    };

    /// <summary>Elements of the file's type to elements of the input's type, which is of the same kind.</summary>
    private byte[] Convert(byte[] data) => Input.Type switch
    {
        DataType.Bool => data,
        DataType.Float16 => Convert<Half>(data),
        DataType.Float32 => Convert<float>(data),
        DataType.Float64 => Convert<double>(data),
        DataType.UInt8 => Convert<byte>(data),
        DataType.Int8 => Convert<sbyte>(data),
        DataType.UInt16 => Convert<ushort>(data),
        DataType.Int16 => Convert<short>(data),
        DataType.UInt32 => Convert<uint>(data),
        DataType.Int32 => Convert<int>(data),
        DataType.UInt64 => Convert<ulong>(data),
        DataType.Int64 => Convert<long>(data),
        _ => throw new InvalidOperationException($"Input '{Input.Name}' has passed the check of its type."),
    };

    private byte[] Convert<TTarget>(byte[] data)
        where TTarget : unmanaged, INumber<TTarget> => _reader.Type switch
    {
        DataType.Float16 => Convert<Half, TTarget>(data),
        DataType.Float32 => Convert<float, TTarget>(data),
        DataType.Float64 => Convert<double, TTarget>(data),
        DataType.UInt8 => Convert<byte, TTarget>(data),
        DataType.Int8 => Convert<sbyte, TTarget>(data),
        DataType.UInt16 => Convert<ushort, TTarget>(data),
        DataType.Int16 => Convert<short, TTarget>(data),
        DataType.UInt32 => Convert<uint, TTarget>(data),
        DataType.Int32 => Convert<int, TTarget>(data),
        DataType.UInt64 => Convert<ulong, TTarget>(data),
        DataType.Int64 => Convert<long, TTarget>(data),
        _ => throw new InvalidOperationException($"Array '{Name}' has passed the check of its type."),
    };

    private byte[] Convert<TSource, TTarget>(byte[] data)
        where TSource : unmanaged, INumber<TSource>
        where TTarget : unmanaged, INumber<TTarget>
    {
        ReadOnlySpan<TSource> source = MemoryMarshal.Cast<byte, TSource>(data);
        var target = new TTarget[source.Length];
        for (int i = 0; i < target.Length; i++)
        {
            try
            {
                target[i] = TTarget.CreateChecked(source[i]);
            }
            catch (OverflowException)
            {
                throw Unfit(
                    $"has the value {source[i].ToString(null, CultureInfo.InvariantCulture)}, which is out of the range of input "
                        + $"'{Input.Name}' ({Input.Type}).");
            }

            // One such value would make a range, and with it a scale, infinite. Minus infinity is a mask's, and left out of ranges.
            if (!TTarget.IsFinite(target[i]) && !TTarget.IsNegativeInfinity(target[i]))
            {
                throw Unfit(
                    $"has the value {target[i].ToString(null, CultureInfo.InvariantCulture)} in sample {_read} at element {i}, which is "
                        + "no sample of anything. Save the samples without it.");
            }
        }

        return MemoryMarshal.AsBytes(target.AsSpan()).ToArray();
    }

    /// <summary>What samples that lie in rows of numbers are reshaped to; null where they are no such rows.</summary>
    private string? Rows() => _reader.Dimensions is [_, > 1 and var columns] && Input.KnownShape.Rank > 2
        && Input.KnownShape.Skip(1).All(d => d.IsConstant) && Input.KnownShape.Skip(1).Aggregate(1L, (n, d) => n * d.Value) == columns
        ? string.Join(", ", Input.KnownShape.Skip(1).Select(d => d.ToString()).Prepend("-1"))
        : null;

    private CompilationException WrongShape()
    {
        string shape = $"[{string.Join(",", _reader.Dimensions)}]";
        string remedy = _reader.Dimensions.Contains(0) ? "It holds no samples: look at what wrote the file."
            : _reader.Remedy is { } own ? own
            : IsChannelsLast() ? "Its channels come last: save it with transpose(0, 3, 1, 2)."
            : IsChannelsFirst() ? "Its channels come first: save it with transpose(0, 2, 3, 1)."
            : MissingAxis() is { } axis ? $"An axis of length 1 is missing: save it with numpy.expand_dims(samples, {axis})."
            : IsBatches() ? $"A sample is {Input.KnownShape[0]} along the first axis: save it with reshape("
                + $"{string.Join(", ", Input.KnownShape.Select(d => d.ToString()).Prepend("-1"))})."
            : Rows() is { } rows ? $"If each row is a sample whose elements are in the order of the input, save it with reshape({rows})."
            : "Save the samples stacked along the first axis.";
        return new CompilationException(
            DiagnosticCodes.CalibrationShape,
            $"Sample file '{_file}': array '{Name}' has the shape {shape}, but input '{Input.Name}' takes "
                + $"{Input.KnownShape}. {remedy}",
            _file);
    }

    /// <summary>Images as most libraries have them in memory, for a model that takes channels first.</summary>
    private bool IsChannelsLast() =>
        _reader.Dimensions is [var samples, var height, var width, var channels]
            && Cut([samples, channels, height, width]) is not null;

    /// <summary>The other way round: samples for a model of another framework.</summary>
    private bool IsChannelsFirst() =>
        _reader.Dimensions is [var samples, var channels, var height, var width]
            && Cut([samples, height, width, channels]) is not null;

    /// <summary>Whether it would fit if every so many along the first axis were one sample, as where a model takes a batch of 4.</summary>
    private bool IsBatches() => Input.KnownShape is { Rank: > 0 } input && input.All(d => d.IsConstant)
        && _reader.Dimensions.Count == input.Rank && _reader.Dimensions[0] % input[0].Value == 0
        && Cut([_reader.Dimensions[0] / input[0].Value, input[0].Value, .. _reader.Dimensions.Skip(1)]) is not null;

    /// <summary>Where an axis of length 1 makes the array fit, such as the channel of grey pictures; null if nowhere.</summary>
    private int? MissingAxis()
    {
        IReadOnlyList<long> array = _reader.Dimensions;
        return Enumerable.Range(1, array.Count)
            .Where(axis => Cut([.. array.Take(axis), 1, .. array.Skip(axis)]) is not null)
            .Select(axis => (int?)axis)
            .FirstOrDefault();
    }

    private CompilationException Unfit(string what) =>
        new(DiagnosticCodes.CalibrationType, $"Sample file '{_file}': array '{Name}' {what}", _file);
}
