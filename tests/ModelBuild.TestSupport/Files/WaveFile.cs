namespace ModelBuild.TestSupport;

/// <summary>Reads sound.</summary>
internal static class WaveFile
{
    /// <summary>The samples of a .wav file of one channel in 16 bits, between −1 and 1.</summary>
    public static float[] Read(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        for (int at = 12; at + 8 <= bytes.Length;)
        {
            int length = BitConverter.ToInt32(bytes, at + 4);
            ReadOnlySpan<byte> chunk = bytes.AsSpan(at + 8, Math.Min(length, bytes.Length - at - 8));
            if (bytes.AsSpan(at, 4).SequenceEqual("data"u8))
            {
                return Array.ConvertAll(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, short>(chunk).ToArray(), s => s / 32768f);
            }

            at += 8 + length + (length & 1);
        }

        throw new InvalidDataException($"'{file}' has no samples.");
    }
}
