namespace ModelBuild.Compiler.Onnx.Wire;

/// <summary>Integers in groups of seven bits, the lowest first; a set high bit says that another group follows.</summary>
internal static class Varint
{
    public static ulong Read(ReadOnlySpan<byte> data, ref int position)
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (position == data.Length)
            {
                throw OnnxFormatException.Corrupt("the file ends in the middle of a number");
            }

            byte group = data[position++];
            value |= (ulong)(group & 0x7F) << shift;
            if (group < 0x80)
            {
                return value;
            }
        }

        throw OnnxFormatException.Corrupt("a number is longer than ten bytes");
    }

    /// <returns>Bytes written.</returns>
    public static int Write(ulong value, Span<byte> destination)
    {
        int count = 0;
        while (value >= 0x80)
        {
            destination[count++] = (byte)((value & 0x7F) | 0x80);
            value >>= 7;
        }

        destination[count++] = (byte)value;
        return count;
    }
}
