using System.Buffers;
using System.Runtime.InteropServices;

namespace ModelBuild.TestSupport;

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
