using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Graphs;

/// <summary>Constant data: an initializer, an attribute, or a folded result. Row-major, little-endian, immutable by convention.</summary>
internal sealed class Tensor
{
    /// <exception cref="ArgumentException">The data is not as long as type and dimensions say.</exception>
    public Tensor(DataType type, ReadOnlySpan<long> dimensions, ReadOnlyMemory<byte> data)
    {
        Type = type;
        Dimensions = [.. dimensions];
        Data = data;
        long length = 1;
        foreach (long dimension in dimensions)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(dimension, nameof(dimensions));
            length *= dimension;
        }

        Length = length;
        if (type.Size() > 0 && Length * type.Size() != data.Length)
        {
            throw new ArgumentException($"{data.Length} bytes do not hold {type}[{string.Join(",", Dimensions)}].", nameof(data));
        }
    }

    public DataType Type { get; }

    public IReadOnlyList<long> Dimensions { get; }

    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    public int Rank => Dimensions.Count;

    public Shape Shape => Shape.Of([.. Dimensions]);

    public static Tensor From<T>(DataType type, ReadOnlySpan<T> values, params ReadOnlySpan<long> dimensions)
        where T : unmanaged => new(type, dimensions, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>The same without a copy: the array belongs to the tensor from now on.</summary>
    public static Tensor Owning<T>(DataType type, T[] values, params ReadOnlySpan<long> dimensions)
        where T : unmanaged => new(type, dimensions, ArrayMemory<T>.Bytes(values));

    public static Tensor Of(ReadOnlySpan<float> values, params ReadOnlySpan<long> dimensions) => From(DataType.Float32, values, dimensions);

    public static Tensor Of(ReadOnlySpan<long> values, params ReadOnlySpan<long> dimensions) => From(DataType.Int64, values, dimensions);

    public static Tensor Of(ReadOnlySpan<int> values, params ReadOnlySpan<long> dimensions) => From(DataType.Int32, values, dimensions);

    public static Tensor Of(ReadOnlySpan<sbyte> values, params ReadOnlySpan<long> dimensions) => From(DataType.Int8, values, dimensions);

    public static Tensor Of(ReadOnlySpan<byte> values, params ReadOnlySpan<long> dimensions) => From(DataType.UInt8, values, dimensions);

    public static Tensor Scalar(float value) => Of([value], []);

    /// <summary>The elements, seen as <typeparamref name="T"/>, which must be as wide as the element type.</summary>
    public ReadOnlySpan<T> Span<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Data.Span);

    /// <summary>The elements as float32, converted where they are of another numeric type.</summary>
    public float[] ToFloats() => Type == DataType.Float32 ? Span<float>().ToArray() : To<float>();

    /// <summary>The elements as float64, converted where they are of another numeric type.</summary>
    public double[] ToDoubles() => To<double>();

    /// <summary>The elements as int64, converted where they are of another type.</summary>
    public long[] ToInt64s() => To<long>();

    /// <summary>Elements of any numeric type from float64: rounded to nearest for floats, towards zero for integers.</summary>
    public static Tensor FromDoubles(DataType type, ReadOnlySpan<double> values, params ReadOnlySpan<long> dimensions) =>
        Pack(type, values, dimensions);

    /// <summary>Elements of any numeric type from int64: integers keep their low bits.</summary>
    public static Tensor FromInt64s(DataType type, ReadOnlySpan<long> values, params ReadOnlySpan<long> dimensions) =>
        Pack(type, values, dimensions);

    /// <summary>The elements as another type, by the rules of ONNX Cast (<see cref="Conversion"/>).</summary>
    public Tensor ConvertTo(DataType type) => Type switch
    {
        DataType.Float32 => Pack(type, Span<float>(), [.. Dimensions]),
        DataType.Float64 => Pack(type, Span<double>(), [.. Dimensions]),
        DataType.Float16 => Pack(type, Span<Half>(), [.. Dimensions]),
        DataType.UInt64 => Pack(type, Span<ulong>(), [.. Dimensions]),
        DataType.BFloat16 => Pack<float>(type, ToFloats(), [.. Dimensions]),
        _ => Pack<long>(type, ToInt64s(), [.. Dimensions]),
    };

    /// <summary>Whether no element is NaN or infinite; true where there is none, of which .NET's primitives say false.</summary>
    public bool IsFinite() => Length == 0 || Type switch
    {
        DataType.Float32 => TensorPrimitives.IsFiniteAll(Span<float>()),
        DataType.Float16 => TensorPrimitives.IsFiniteAll(Span<Half>()),
        DataType.Float64 => TensorPrimitives.IsFiniteAll(Span<double>()),
        _ => true,
    };

    public Tensor Reshape(params ReadOnlySpan<long> dimensions) => new(Type, dimensions, Data);

    private T[] To<T>()
        where T : unmanaged, INumber<T> => Type switch
    {
        DataType.Float32 => Convert<float, T>(Span<float>()),
        DataType.Float64 => Convert<double, T>(Span<double>()),
        DataType.Float16 => Convert<Half, T>(Span<Half>()),
        DataType.BFloat16 =>
            Convert<float, T>(Array.ConvertAll(Span<ushort>().ToArray(), bits => BitConverter.UInt32BitsToSingle((uint)bits << 16))),
        DataType.UInt8 or DataType.Bool => Convert<byte, T>(Span<byte>()),
        DataType.Int8 => Convert<sbyte, T>(Span<sbyte>()),
        DataType.UInt16 => Convert<ushort, T>(Span<ushort>()),
        DataType.Int16 => Convert<short, T>(Span<short>()),
        DataType.Int32 => Convert<int, T>(Span<int>()),
        DataType.UInt32 => Convert<uint, T>(Span<uint>()),
        DataType.Int64 => Convert<long, T>(Span<long>()),
        DataType.UInt64 => Convert<ulong, T>(Span<ulong>()),
        _ => throw new NotSupportedException($"Elements of type {Type} have no numeric value here."),
    };

    private static Tensor Pack<T>(DataType type, ReadOnlySpan<T> values, ReadOnlySpan<long> dimensions)
        where T : unmanaged, INumber<T> => type switch
    {
        DataType.Float32 => Owning(type, Convert<T, float>(values), dimensions),
        DataType.Float64 => Owning(type, Convert<T, double>(values), dimensions),
        DataType.Float16 => Owning(type, Convert<T, Half>(values), dimensions),
        DataType.BFloat16 => Owning(type, Array.ConvertAll(Convert<T, float>(values), ToBFloat16), dimensions),
        DataType.UInt8 => Owning(type, Convert<T, byte>(values), dimensions),
        DataType.Int8 => Owning(type, Convert<T, sbyte>(values), dimensions),
        DataType.UInt16 => Owning(type, Convert<T, ushort>(values), dimensions),
        DataType.Int16 => Owning(type, Convert<T, short>(values), dimensions),
        DataType.Int32 => Owning(type, Convert<T, int>(values), dimensions),
        DataType.UInt32 => Owning(type, Convert<T, uint>(values), dimensions),
        DataType.Int64 => Owning(type, Convert<T, long>(values), dimensions),
        DataType.UInt64 => Owning(type, Convert<T, ulong>(values), dimensions),
        DataType.Bool => Owning(type, Array.ConvertAll(values.ToArray(), v => T.IsZero(v) ? (byte)0 : (byte)1), dimensions),
        _ => throw new NotSupportedException($"Elements of type {type} have no numeric value here."),
    };

    private static TTo[] Convert<TFrom, TTo>(ReadOnlySpan<TFrom> source)
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : unmanaged, INumber<TTo>
    {
        var result = new TTo[source.Length];
        Conversion.Convert(source, result);
        return result;
    }

    /// <summary>The upper half of a float32, rounded to nearest even.</summary>
    private static ushort ToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return unchecked((ushort)(float.IsNaN(value) ? (bits >> 16) | 0x40 : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16));
    }
}
