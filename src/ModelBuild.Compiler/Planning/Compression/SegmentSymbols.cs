using System.Buffers.Binary;
using System.Numerics;
using ModelBuild.Runtime;

namespace ModelBuild.Compiler.Planning.Compression;

/// <summary>The elements of a part of the weights as the symbols that are coded.</summary>
/// <param name="Values">
/// Elements as the numbers whose bytes are the planes: rotated where that was asked for, or indices of the palette. Zero stands for an
/// element of zero bits.
/// </param>
/// <param name="Planes">How many bytes of a value count.</param>
/// <param name="ElementSize">Bytes of an element.</param>
/// <param name="IsRotated">Whether they are rotated.</param>
/// <param name="Palette">The elements, as indices name them, or null.</param>
internal sealed record SegmentSymbols(uint[] Values, int Planes, int ElementSize, bool IsRotated, uint[]? Palette)
{
    private const int LargestPalette = 256;

    /// <summary>Elements for each of the palette's from which it pays.</summary>
    private const int PaletteGain = 8;

    /// <summary>Reads elements.</summary>
    /// <param name="data">Their bytes; some at the end may be too few for an element.</param>
    /// <param name="elementSize">1, 2 or 4.</param>
    /// <param name="isFloat">Whether they are float32.</param>
    public static SegmentSymbols Of(ReadOnlySpan<byte> data, int elementSize, bool isFloat)
    {
        var values = new uint[data.Length / elementSize];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = elementSize switch
            {
                1 => data[i],
                sizeof(ushort) => BinaryPrimitives.ReadUInt16LittleEndian(data[(i * sizeof(ushort))..]),
                _ => BinaryPrimitives.ReadUInt32LittleEndian(data[(i * sizeof(uint))..]),
            };
        }

        if (elementSize > 1 && FindPalette(values) is { } palette)
        {
            var indices = palette.Select((v, i) => (v, i)).ToDictionary(p => p.v, p => (uint)p.i);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = indices[values[i]];
            }

            return new SegmentSymbols(values, 1, elementSize, IsRotated: false, palette);
        }

        if (isFloat)
        {
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = BitOperations.RotateLeft(values[i], 1);
            }
        }

        return new SegmentSymbols(values, elementSize, elementSize, isFloat, null);
    }

    /// <summary>The distinct elements in ascending order, behind zero; null where there are too many.</summary>
    private static uint[]? FindPalette(uint[] values)
    {
        var distinct = new SortedSet<uint> { 0 };
        var seen = new HashSet<uint>();
        foreach (uint value in values)
        {
            if (seen.Add(value))
            {
                distinct.Add(value);
                if (distinct.Count > LargestPalette)
                {
                    return null;
                }
            }
        }

        return distinct.Count <= values.Length / PaletteGain ? [.. distinct] : null;
    }
}
