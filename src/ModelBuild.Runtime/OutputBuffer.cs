using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;

namespace ModelBuild.Runtime;

/// <summary>
/// Where an output goes whose length the model finds out while it runs: into the caller's memory, or into an array that is made when the
/// length is known.
/// </summary>
/// <typeparam name="T">The type of the elements.</typeparam>
/// <remarks>For generated code. Not thread-safe: a call has its own.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public ref struct OutputBuffer<T>
{
    private readonly Span<T> _memory;
    private readonly bool _isCallers;
    private readonly string? _name;

    /// <summary>A buffer in the caller's memory.</summary>
    /// <param name="memory">At least as long as the output turns out to be.</param>
    /// <param name="name">What the caller knows it by, for the exception where it is too short.</param>
    public OutputBuffer(Span<T> memory, string name)
    {
        _memory = memory;
        _isCallers = true;
        _name = name;
        Array = [];
    }

    /// <summary>A buffer that makes an array.</summary>
    public OutputBuffer()
    {
        Array = [];
    }

    /// <summary>The array that was made; empty where the output is in the caller's memory.</summary>
    public T[] Array { get; private set; }

    /// <summary>The memory of the output. To be called with the same length each time.</summary>
    /// <param name="length">How many elements the output has.</param>
    /// <returns>So many elements.</returns>
    /// <exception cref="ArgumentException">The caller's memory is too short.</exception>
    public Span<T> Take(long length)
    {
        if (_isCallers)
        {
            return length <= _memory.Length ? _memory[..(int)length] : ThrowTooShort(length);
        }

        if (Array.Length != length)
        {
            Array = GC.AllocateUninitializedArray<T>(checked((int)length));
        }

        return Array;
    }

    [DoesNotReturn]
    private readonly Span<T> ThrowTooShort(long length) => throw new ArgumentException(
        $"The output has {length} elements this time, and the span has room for {_memory.Length}.", _name);
}
