using System.Buffers;
using System.Runtime.InteropServices;

namespace ModelBuild.Compiler.Graphs;

/// <summary>An array seen as bytes, without a copy: weights of large models are too large for one.</summary>
internal sealed unsafe class ArrayMemory<T>(T[] array) : MemoryManager<byte>
    where T : unmanaged
{
    /// <summary>The bytes of an array, which belongs to whoever gets them from now on.</summary>
    public static ReadOnlyMemory<byte> Bytes(T[] array) => array is byte[] bytes ? bytes : new ArrayMemory<T>(array).Memory;

    public override Span<byte> GetSpan() => MemoryMarshal.AsBytes(array.AsSpan());

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        GCHandle handle = GCHandle.Alloc(array, GCHandleType.Pinned);
        return new MemoryHandle((byte*)handle.AddrOfPinnedObject() + elementIndex, handle);
    }

    /// <summary>The handle that <see cref="Pin"/> gives frees itself.</summary>
    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
