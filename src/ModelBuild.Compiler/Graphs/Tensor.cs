using System.Runtime.InteropServices;

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
    public float[] ToFloats()
    {
        var result = new float[Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = (float)ToDouble(i);
        }

        return result;
    }

    /// <summary>The elements as int64, converted where they are of another integer type.</summary>
    public long[] ToInt64s()
    {
        var result = new long[Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = Type == DataType.Int64 ? Span<long>()[i] : (long)ToDouble(i);
        }

        return result;
    }

    public Tensor Reshape(params ReadOnlySpan<long> dimensions) => new(Type, dimensions, Data);

    private double ToDouble(int index) => Type switch
    {
        DataType.Float32 => Span<float>()[index],
        DataType.Float64 => Span<double>()[index],
        DataType.Float16 => (double)Span<Half>()[index],
        DataType.BFloat16 => BitConverter.Int32BitsToSingle(Span<ushort>()[index] << 16),
        DataType.UInt8 or DataType.Bool => Span<byte>()[index],
        DataType.Int8 => Span<sbyte>()[index],
        DataType.UInt16 => Span<ushort>()[index],
        DataType.Int16 => Span<short>()[index],
        DataType.Int32 => Span<int>()[index],
        DataType.UInt32 => Span<uint>()[index],
        DataType.Int64 => Span<long>()[index],
        DataType.UInt64 => Span<ulong>()[index],
        _ => throw new NotSupportedException($"Elements of type {Type} have no numeric value here."),
    };
}
