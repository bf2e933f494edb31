using System.IO.MemoryMappedFiles;

namespace ModelBuild.Runtime;

/// <summary>The bytes of a file, which the system reads as they are used and shares between processes.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedViewAccessor _view;

    /// <param name="file">Not empty. Need not stay open.</param>
    public MappedFile(FileStream file)
    {
        using var map = MemoryMappedFile.CreateFromFile(
            file, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = map.CreateViewAccessor(offset: 0, size: 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        Start = start + _view.PointerOffset;
    }

    /// <summary>The first byte, valid until this is disposed.</summary>
    public byte* Start { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
    }
}
