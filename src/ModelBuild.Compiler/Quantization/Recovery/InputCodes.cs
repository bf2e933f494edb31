using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;

namespace ModelBuild.Compiler.Quantization.Recovery;

/// <summary>
/// Codes for a float input of a layer, where only its products with itself are looked at: in integers these are the same on every
/// processor, and 8 bits are more than so few samples know of them.
/// </summary>
internal static class InputCodes
{
    /// <param name="inputs">In each sample.</param>
    /// <returns>Their codes, and the one scale and zero point of these.</returns>
    public static (Tensor[] Codes, QuantizationParameters Parameters) Of(Tensor[] inputs)
    {
        ValueRange range = ValueRange.Empty;
        foreach (Tensor input in inputs)
        {
            foreach (float value in input.Span<float>())
            {
                range = range.Union(new ValueRange(value, value));
            }
        }

        QuantizationParameters parameters = range.IsEmpty || !range.IsFinite ? new QuantizationParameters(1, 0) : range.ToUInt8();
        var codes = new Tensor[inputs.Length];
        Parallel.For(0, inputs.Length, s => codes[s] = QuantizedValues.Quantize(inputs[s], parameters));
        return (codes, parameters);
    }
}
