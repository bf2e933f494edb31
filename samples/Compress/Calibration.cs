using System.Runtime.InteropServices;
using System.Text;

namespace Compress;

/// <summary>Images that the build learns from without labels: ranges of activations, and what weights can make up for.</summary>
internal static class Calibration
{
    private const int Count = 512;

    /// <summary>Writes the first digits as an array of NumPy's format, float32 [count, 1, 28, 28].</summary>
    public static void Write(string file)
    {
        Digits digits = Digits.Load(Project.DigitsFile).Range(0, Count);
        string header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({Count}, 1, {Digits.Side}, {Digits.Side}), }}";
        using FileStream stream = File.Create(file);
        stream.Write([0x93, .. "NUMPY"u8, 1, 0, 118, 0]);
        stream.Write(Encoding.ASCII.GetBytes(header.PadRight(117) + '\n'));
        stream.Write(MemoryMarshal.AsBytes<float>(digits.All));
    }
}
