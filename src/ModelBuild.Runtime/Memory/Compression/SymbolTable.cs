using System.Numerics;

namespace ModelBuild.Runtime;

/// <summary>
/// How often each of up to 256 symbols occurs, in parts of 4,096: the static model of the entropy coder (<see cref="SymbolDecoder"/>).
/// </summary>
/// <remarks>
/// Stored as the number of symbols less one, then the symbols in ascending order (one byte each where there are fewer than 32, else a
/// bitmap of 32 bytes), then each frequency less one: a byte below 128, or two whose first has its upper bit set.
/// </remarks>
internal static class SymbolTable
{
    /// <summary>Bits of a frequency.</summary>
    public const int Bits = 12;

    /// <summary>What the frequencies add up to.</summary>
    public const int Total = 1 << Bits;

    private const int BitmapBytes = 32;

    private const int LargestSmall = 0x7F;

    /// <summary>Reads a table for the decoder.</summary>
    /// <param name="data">Begins with the table; what follows it, afterwards.</param>
    /// <param name="entries">
    /// <see cref="Total"/> of them, one for each value of a state's lower bits: the symbol, its frequency less one from bit 8 on, and how
    /// far the value is above the symbol's first from bit 20 on.
    /// </param>
    /// <returns>False where this is no table.</returns>
    public static bool TryRead(ref ReadOnlySpan<byte> data, Span<uint> entries)
    {
        if (data.IsEmpty)
        {
            return false;
        }

        int count = data[0] + 1;
        int listed = count < BitmapBytes ? count : BitmapBytes;
        if (data.Length < 1 + listed)
        {
            return false;
        }

        ReadOnlySpan<byte> list = data.Slice(1, listed);
        data = data[(1 + listed)..];
        int symbol = -1;
        int start = 0;
        for (int i = 0; i < count; i++)
        {
            int next = count < BitmapBytes ? list[i] : Next(list, symbol);
            if (next <= symbol || !TryReadFrequency(ref data, out int frequency) || frequency > Total - start)
            {
                return false;
            }

            symbol = next;
            for (int j = 0; j < frequency; j++)
            {
                entries[start + j] = (uint)symbol | ((uint)(frequency - 1) << 8) | ((uint)j << (8 + Bits));
            }

            start += frequency;
        }

        return start == Total && (count < BitmapBytes || Next(list, symbol) < 0);
    }

    /// <summary>Writes what <see cref="TryRead"/> reads.</summary>
    /// <param name="frequencies">Of all symbols; they add up to <see cref="Total"/>.</param>
    /// <param name="destination">With room for <see cref="StoredBytes"/>.</param>
    public static void Write(ReadOnlySpan<int> frequencies, Span<byte> destination)
    {
        int count = Count(frequencies);
        destination[0] = (byte)(count - 1);
        Span<byte> list = destination.Slice(1, int.Min(count, BitmapBytes));
        list.Clear();
        int end = 1 + list.Length;
        int listed = 0;
        for (int symbol = 0; symbol < frequencies.Length; symbol++)
        {
            if (frequencies[symbol] == 0)
            {
                continue;
            }

            if (count < BitmapBytes)
            {
                list[listed++] = (byte)symbol;
            }
            else
            {
                list[symbol / 8] |= (byte)(1 << (symbol % 8));
            }

            int less = frequencies[symbol] - 1;
            if (less > LargestSmall)
            {
                destination[end++] = (byte)(0x80 | (less >> 8));
            }

            destination[end++] = (byte)(less & 0xFF);
        }
    }

    /// <summary>The bytes that a table takes.</summary>
    public static int StoredBytes(ReadOnlySpan<int> frequencies)
    {
        int bytes = 1 + int.Min(Count(frequencies), BitmapBytes);
        foreach (int frequency in frequencies)
        {
            bytes += frequency == 0 ? 0 : frequency - 1 > LargestSmall ? 2 : 1;
        }

        return bytes;
    }

    private static int Count(ReadOnlySpan<int> frequencies) => frequencies.Length - frequencies.Count(0);

    /// <summary>The next symbol of a bitmap; −1 where there is none.</summary>
    private static int Next(ReadOnlySpan<byte> bitmap, int symbol)
    {
        for (int i = symbol + 1; i < 8 * BitmapBytes;)
        {
            int rest = bitmap[i / 8] >> (i % 8);
            if (rest != 0)
            {
                return i + BitOperations.TrailingZeroCount(rest);
            }

            i = ((i / 8) + 1) * 8;
        }

        return -1;
    }

    private static bool TryReadFrequency(ref ReadOnlySpan<byte> data, out int frequency)
    {
        frequency = 0;
        if (data.IsEmpty)
        {
            return false;
        }

        int first = data[0];
        int length = first > LargestSmall ? 2 : 1;
        if (data.Length < length)
        {
            return false;
        }

        frequency = 1 + (length == 1 ? first : ((first & LargestSmall) << 8) | data[1]);
        data = data[length..];
        return true;
    }
}
