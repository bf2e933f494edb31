using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime;

/// <summary>
/// Decodes symbols of range asymmetric numeral systems (rANS): four interleaved states of 32 bits, each of which takes in 16 bits where it
/// falls below 2¹⁶. A call decodes symbols of one table; its first symbol is of the first state.
/// </summary>
/// <remarks>
/// The four states depend on each other only in where the next 16 bits are, so that a processor works on all of them at once. Nothing is
/// read outside of what the decoder was given, whatever it holds: bits that are missing are a fault (<see cref="Decode"/>), and so are
/// states that do not end as the encoder began (<see cref="IsAtEnd"/>).
/// </remarks>
internal unsafe ref struct SymbolDecoder
{
    /// <summary>How many states there are.</summary>
    public const int States = 4;

    /// <summary>Bytes of the states, which are what the coded bytes begin with.</summary>
    public const int StateBytes = States * sizeof(uint);

    /// <summary>What the encoder begins with, and the least that a state is between two symbols.</summary>
    public const uint Least = 1 << 16;

    private const uint Mask = SymbolTable.Total - 1;

    private fixed uint _states[States];

    private byte* _next;

    /// <param name="source">At least <see cref="StateBytes"/>.</param>
    public SymbolDecoder(byte* source)
    {
        for (int i = 0; i < States; i++)
        {
            _states[i] = Unsafe.ReadUnaligned<uint>(source + (i * sizeof(uint)));
        }

        _next = source + StateBytes;
    }

    /// <summary>Whether everything up to an end was used, and the states are what the encoder began with.</summary>
    public readonly bool IsAtEnd(byte* end) => _next == end
        && _states[0] == Least && _states[1] == Least && _states[2] == Least && _states[3] == Least;

    /// <summary>Decodes symbols.</summary>
    /// <param name="entries">Of <see cref="SymbolTable"/>.</param>
    /// <param name="destination">Room for the symbols.</param>
    /// <param name="count">How many they are.</param>
    /// <param name="end">Of the coded bytes.</param>
    /// <returns>False where the coded bytes end too early.</returns>
    public bool Decode(uint* entries, byte* destination, int count, byte* end)
    {
        byte* next = _next;
        int i = 0;
        uint a = _states[0];
        uint b = _states[1];
        uint c = _states[2];
        uint d = _states[3];
        for (; i <= count - States && end - next >= States * sizeof(ushort); i += States)
        {
            destination[i] = Step(entries, ref a, ref next);
            destination[i + 1] = Step(entries, ref b, ref next);
            destination[i + 2] = Step(entries, ref c, ref next);
            destination[i + 3] = Step(entries, ref d, ref next);
        }

        _states[0] = a;
        _states[1] = b;
        _states[2] = c;
        _states[3] = d;
        for (; i < count; i++)
        {
            ref uint state = ref _states[i % States];
            uint entry = entries[state & Mask];
            destination[i] = unchecked((byte)entry);
            state = Rest(entry, state);
            if (state < Least)
            {
                if (end - next < sizeof(ushort))
                {
                    return false;
                }

                state = (state << 16) | Unsafe.ReadUnaligned<ushort>(next);
                next += sizeof(ushort);
            }
        }

        _next = next;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte Step(uint* entries, ref uint state, ref byte* next)
    {
        uint entry = entries[state & Mask];
        uint rest = Rest(entry, state);

        // Without a branch: whether bits are needed is as good as random.
        int isLow = rest < Least ? 1 : 0;
        state = (rest << (isLow << 4)) | (Unsafe.ReadUnaligned<ushort>(next) & unchecked((uint)-isLow));
        next += isLow << 1;
        return unchecked((byte)entry);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Rest(uint entry, uint state) =>
        unchecked(((((entry >> 8) & Mask) + 1) * (state >> SymbolTable.Bits)) + (entry >> (8 + SymbolTable.Bits)));
}
