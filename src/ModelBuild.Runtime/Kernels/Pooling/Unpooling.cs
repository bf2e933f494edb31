using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Puts the elements that a pooling has left back to where it found them (ONNX: MaxUnpool).</summary>
/// <remarks>All methods are thread-safe and allocate nothing. Inputs and output must not overlap.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Unpooling
{
    /// <summary>Zeros with the input's elements at their places. Of several with one place the last stays.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="indices">For each element of the input its place in the output, counted through all of it.</param>
    /// <param name="input">The elements.</param>
    /// <param name="output">The output.</param>
    /// <param name="name">What to call the indices where one is outside its range: as the caller writes them.</param>
    /// <exception cref="ArgumentException">There are not as many indices as elements, or an index is out of range.</exception>
    public static void Maximum<T>(
        ReadOnlySpan<long> indices, ReadOnlySpan<T> input, Span<T> output,
        [CallerArgumentExpression(nameof(indices))] string? name = null)
    {
        SpanGuard.Length(indices.Length, input.Length, nameof(indices));
        output.Clear();
        for (int i = 0; i < indices.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)indices[i], (ulong)output.Length, name ?? nameof(indices));
            output[(int)indices[i]] = input[i];
        }
    }
}
