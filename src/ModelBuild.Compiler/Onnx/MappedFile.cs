using System.Buffers;
using ModelBuild.Runtime;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// A file in the address space, read only. Weights are looked at where they lie in the file: nothing of it is copied until somebody
/// changes it, and pages that nobody looks at are never read.
/// </summary>
/// <remarks>
/// Memory that has been handed out throws once the map is disposed. A map that nobody disposes is released with the last memory that
/// looks into it.
/// </remarks>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly FileStream? _file;
    private readonly FileView? _view;
    private byte* _start;

    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public MappedFile(string path)
    {
        // What is empty cannot be mapped. Neither can pipes and devices, which have no length: opening one might wait for ever.
        // A link has a length of its own, so it is followed first.
        string real = RealPath.Of(Path.GetFullPath(path));

        // The links that a process has to its pipes lead to names that are none.
        bool isPipe = !File.Exists(real) && File.Exists(path);
        path = real;
        Length = isPipe ? 0 : new FileInfo(path).Length;
        if (Length > 0)
        {
            _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            _view = new FileView(_file, Length);
            _start = _view.Start;
        }
    }

    /// <summary>Length in bytes.</summary>
    public long Length { get; }

    /// <summary>A part of the file.</summary>
    public ReadOnlyMemory<byte> Window(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
        return length == 0 ? ReadOnlyMemory<byte>.Empty : new WindowManager(this, offset, length).Memory;
    }

    public void Dispose()
    {
        if (_start != null)
        {
            _start = null;
            _view!.Dispose();
            _file!.Dispose();
        }
    }

    private sealed class WindowManager(MappedFile file, long offset, int length) : MemoryManager<byte>
    {
        public override Memory<byte> Memory => CreateMemory(length);

        public override Span<byte> GetSpan() => new(Start, length);

        public override MemoryHandle Pin(int elementIndex = 0) => new(Start + elementIndex);

        public override void Unpin()
        {
        }

        private byte* Start
        {
            get
            {
                ObjectDisposedException.ThrowIf(file._start == null, file);
                return file._start + offset;
            }
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
