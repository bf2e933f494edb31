using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Calibration;

/// <summary>An array of samples, whatever file it is in: its shape, then the elements in as many pieces as the caller likes.</summary>
internal interface IArrayReader : IDisposable
{
    /// <summary>Its name in messages.</summary>
    string Array { get; }

    /// <summary>Of the elements, which come little-endian and row-major.</summary>
    DataType Type { get; }

    IReadOnlyList<long> Dimensions { get; }

    /// <summary>What to do where type or shape are not those of the input; null where NumPy has made the array and can change it.</summary>
    string? Remedy { get; }

    /// <summary>Fills the buffer with the next bytes of the elements.</summary>
    void Read(Span<byte> buffer);
}
