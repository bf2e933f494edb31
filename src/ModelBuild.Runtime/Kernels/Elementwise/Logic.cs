using System.ComponentModel;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Functions of truth values (ONNX: And, Or, Xor, Not, Equal).</summary>
/// <remarks>All methods are thread-safe and allocate nothing. Inputs and output must not overlap.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Logic
{
    /// <summary>True where both are.</summary>
    /// <param name="shape">The output's dimensions and the operands' strides.</param>
    /// <param name="left">The left operand.</param>
    /// <param name="right">The right operand.</param>
    /// <param name="output">The output, contiguous.</param>
    /// <exception cref="ArgumentException">A span does not fit the shape.</exception>
    public static void And(in BroadcastShape shape, ReadOnlySpan<bool> left, ReadOnlySpan<bool> right, Span<bool> output) =>
        Pairing.Apply<AndFunction, bool, bool>(in shape, left, right, output);

    /// <summary>True where one is.</summary>
    /// <inheritdoc cref="And"/>
    public static void Or(in BroadcastShape shape, ReadOnlySpan<bool> left, ReadOnlySpan<bool> right, Span<bool> output) =>
        Pairing.Apply<OrFunction, bool, bool>(in shape, left, right, output);

    /// <summary>True where exactly one is.</summary>
    /// <inheritdoc cref="And"/>
    public static void Xor(in BroadcastShape shape, ReadOnlySpan<bool> left, ReadOnlySpan<bool> right, Span<bool> output) =>
        Pairing.Apply<XorFunction, bool, bool>(in shape, left, right, output);

    /// <summary>True where both or none are.</summary>
    /// <inheritdoc cref="And"/>
    public static void Equal(in BroadcastShape shape, ReadOnlySpan<bool> left, ReadOnlySpan<bool> right, Span<bool> output) =>
        Pairing.Apply<EqualFunction, bool, bool>(in shape, left, right, output);

    /// <summary>True where the input is false.</summary>
    /// <param name="input">The arguments.</param>
    /// <param name="output">The values of the function.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void Not(ReadOnlySpan<bool> input, Span<bool> output)
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        for (int i = 0; i < input.Length; i++)
        {
            output[i] = !input[i];
        }
    }

    private readonly struct AndFunction : IPairFunction<bool, bool>
    {
        public static bool Invoke(bool left, bool right) => left & right;
    }

    private readonly struct OrFunction : IPairFunction<bool, bool>
    {
        public static bool Invoke(bool left, bool right) => left | right;
    }

    private readonly struct XorFunction : IPairFunction<bool, bool>
    {
        public static bool Invoke(bool left, bool right) => left != right;
    }

    private readonly struct EqualFunction : IPairFunction<bool, bool>
    {
        public static bool Invoke(bool left, bool right) => left == right;
    }
}
