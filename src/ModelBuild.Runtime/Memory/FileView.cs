using System.IO.MemoryMappedFiles;

namespace ModelBuild.Runtime;

/// <summary>The bytes of a file, which the system reads as they are used and shares between processes.</summary>
internal sealed unsafe class FileView : IDisposable
{
    private readonly MemoryMappedViewAccessor _view;

    /// <param name="file">Need not stay open.</param>
    /// <param name="length">How many bytes it has: not 0. One that has become shorter is refused.</param>
    public FileView(FileStream file, long length)
    {
        using var map = MemoryMappedFile.CreateFromFile(
            file, mapName: null, length, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = map.CreateViewAccessor(offset: 0, length, MemoryMappedFileAccess.Read);

        // No reference to the handle is taken: this object keeps the view, and with it the address.
        Start = (byte*)_view.SafeMemoryMappedViewHandle.DangerousGetHandle() + _view.PointerOffset;
    }

    /// <summary>The first byte, valid until this is disposed.</summary>
    public byte* Start { get; }

    /// <inheritdoc/>
    public void Dispose() => _view.Dispose();
}
