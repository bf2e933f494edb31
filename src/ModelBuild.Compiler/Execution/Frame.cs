using System.Runtime.InteropServices;
using ModelBuild.Runtime;

namespace ModelBuild.Compiler.Execution;

/// <summary>The memory of one run: what a bound step asks for its spans and sizes.</summary>
internal sealed class Frame(ModelWeights weights, byte[] arena, byte[][] ports, long[] extents)
{
    /// <summary>The buffers of the model's inputs, then those of its outputs.</summary>
    public byte[][] Ports { get; } = ports;

    public ModelWeights Weights { get; } = weights;

    /// <summary>The value of one of the plan's distinct expressions.</summary>
    public long Extent(int index) => extents[index];

    /// <param name="port">Index of a port buffer, or −1 for the arena.</param>
    /// <param name="offset">Index of the expression for the byte offset.</param>
    /// <param name="length">Index of the expression for the number of elements.</param>
    public Span<T> Span<T>(int port, int offset, int length)
        where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>((port < 0 ? arena : Ports[port]).AsSpan(Int32(offset)))[..Int32(length)];

    public ReadOnlySpan<int> Int32s(int[] indices) => Array.ConvertAll(indices, Int32);

    private int Int32(int index) => checked((int)extents[index]);
}
