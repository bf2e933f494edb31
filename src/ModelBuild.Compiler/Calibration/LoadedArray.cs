using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Calibration;

/// <summary>An array that is small enough to be loaded as one, when its first element is asked for.</summary>
internal sealed class LoadedArray(
    string array, DataType type, IReadOnlyList<long> dimensions, string remedy, Func<ReadOnlyMemory<byte>> load) : IArrayReader
{
    private ReadOnlyMemory<byte>? _rest;

    public string Array => array;

    public DataType Type => type;

    public IReadOnlyList<long> Dimensions => dimensions;

    public string? Remedy => remedy;

    public void Read(Span<byte> buffer)
    {
        _rest ??= load();
        _rest.Value.Span[..buffer.Length].CopyTo(buffer);
        _rest = _rest.Value[buffer.Length..];
    }

    public void Dispose()
    {
    }
}
