using System.Buffers;
using System.Runtime.InteropServices;

namespace ModelBuild.TestSupport;

/// <summary>Memory of a port that ends where an inaccessible page begins, of an element type that only the plan knows.</summary>
internal interface IGuardedArray : IDisposable
{
    Span<byte> Bytes { get; }

    /// <summary>Throws if something was written around it.</summary>
    void Verify();
}

/// <inheritdoc cref="IGuardedArray"/>
internal sealed class GuardedArray<T>(int length) : MemoryManager<T>, IGuardedArray
    where T : unmanaged
{
    private readonly GuardedSpan<T> _memory = new(length);

    public Span<byte> Bytes => MemoryMarshal.AsBytes(GetSpan());

    public override Span<T> GetSpan() => _memory.Span;

    public void Verify() => _memory.Verify();

    public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing) => _memory.Dispose();
}
