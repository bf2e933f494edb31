using System.Buffers.Binary;
using ModelBuild.Runtime;

namespace ModelBuild.Compiler.Planning.Compression;

/// <summary>Encodes what <see cref="SymbolDecoder"/> decodes. A chunk's symbols are collected and coded from the last to the first.</summary>
internal sealed class SymbolEncoder
{
    private readonly List<(int[] Frequencies, byte[] Symbols)> _calls = [];

    /// <summary>Adds the symbols of one call of the decoder.</summary>
    /// <param name="frequencies">Of a table that has all of the symbols.</param>
    public void Add(int[] frequencies, byte[] symbols) => _calls.Add((frequencies, symbols));

    /// <summary>The states and the bits, as the decoder reads them.</summary>
    public byte[] Finish()
    {
        var words = new List<ushort>();
        Span<uint> states = stackalloc uint[SymbolDecoder.States];
        states.Fill(SymbolDecoder.Least);
        for (int call = _calls.Count - 1; call >= 0; call--)
        {
            (int[] frequencies, byte[] symbols) = _calls[call];
            uint[] starts = Starts(frequencies);
            for (int i = symbols.Length - 1; i >= 0; i--)
            {
                ref uint state = ref states[i % SymbolDecoder.States];
                uint frequency = (uint)frequencies[symbols[i]];

                // As the decoder takes 16 bits in where a state falls below its least, they go out where it would pass its most.
                if (state >= (ulong)frequency << (32 - SymbolTable.Bits))
                {
                    words.Add((ushort)(state & ushort.MaxValue));
                    state >>= 16;
                }

                state = (state / frequency << SymbolTable.Bits) + (state % frequency) + starts[symbols[i]];
            }
        }

        var bytes = new byte[SymbolDecoder.StateBytes + (words.Count * sizeof(ushort))];
        for (int i = 0; i < states.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * sizeof(uint)), states[i]);
        }

        for (int i = 0; i < words.Count; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(
                bytes.AsSpan(SymbolDecoder.StateBytes + (i * sizeof(ushort))), words[words.Count - 1 - i]);
        }

        return bytes;
    }

    private static uint[] Starts(int[] frequencies)
    {
        var starts = new uint[frequencies.Length];
        for (int i = 1; i < starts.Length; i++)
        {
            starts[i] = starts[i - 1] + (uint)frequencies[i - 1];
        }

        return starts;
    }
}
