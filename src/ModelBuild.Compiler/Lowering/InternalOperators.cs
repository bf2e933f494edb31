namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// The operators that lowering makes, all in <see cref="Graphs.Domains.Internal"/>. A fused operator is a convolution or matrix product
/// with what follows it up to the next tensor that has to exist: bias, a sum with another tensor, a clamp.
/// <para>
/// Fused operators have inputs (x, weights, bias or none, residual or none) and attributes <c>minimum</c>, <c>maximum</c> beside those of
/// Conv. What goes in and out is said by the values' types: x float32 or uint8, output float32, uint8 or int32 (raw accumulators), residual
/// likewise. Quantization parameters stand at the values.
/// </para>
/// </summary>
internal static class InternalOperators
{
    /// <summary>Fused convolution. Weights as in ONNX Conv: [outputs, inputs / groups, kernel…].</summary>
    public const string Convolution = "Convolution";

    /// <summary>Convolution with weights or bias that only the run knows: the inputs and attributes of ONNX Conv.</summary>
    public const string UnpackedConvolution = "UnpackedConvolution";

    /// <summary>Matrix product with constant weights: x [..., inner], weights [columns, inner].</summary>
    public const string Gemm = "Gemm";

    /// <summary>
    /// The same by integers whose scale each row of x finds for itself: x float32, weights int8 with a scale per column, bias float32 or
    /// none; attributes <c>minimum</c>, <c>maximum</c>.
    /// </summary>
    public const string DynamicGemm = "DynamicGemm";

    /// <summary>
    /// Convolution by integers whose scale each image of x finds for itself: the same inputs, and the attributes of
    /// <see cref="Convolution"/>.
    /// </summary>
    public const string DynamicConvolution = "DynamicConvolution";

    /// <summary>
    /// softmax(q·kᵀ·scale + mask)·v: inputs (q [batch, heads, queries, size], kᵀ [batch, heads, size, keys],
    /// v [batch, heads, keys, size], mask or none), or without heads. Attributes <c>scale</c>; <c>queries_beside</c>,
    /// <c>values_beside</c> and <c>output_beside</c> where heads lie behind the length.
    /// </summary>
    public const string Attention = "Attention";

    /// <summary>
    /// Halves of the last axis turned against each other: inputs (x, cosines, sines), the angles one for each pair or, twice as many, one
    /// for each element.
    /// </summary>
    public const string Rotation = "Rotation";

    /// <summary>Maximum or average over a window. Attributes of MaxPool and AveragePool; explicit pads.</summary>
    public const string MaximumPool = "MaximumPool";

    /// <inheritdoc cref="MaximumPool"/>
    public const string AveragePool = "AveragePool";

    /// <summary>MaxPool with the places of the maxima, or of elements for which there is no other kernel: channels first.</summary>
    public const string IndexedMaximumPool = "IndexedMaximumPool";

    /// <summary>Any function of one 8-bit tensor: inputs (x, table of 256 codes).</summary>
    public const string Lookup = "Lookup";

    /// <summary>The same with a table for each index of the last axis: inputs (x, tables [channels, 256]).</summary>
    public const string ChannelLookup = "ChannelLookup";

    /// <summary>Sum of two 8-bit tensors; attribute <c>sign</c> −1 for a difference; <c>minimum</c>, <c>maximum</c> in codes.</summary>
    public const string QuantizedAdd = "QuantizedAdd";

    /// <summary>Product of two 8-bit tensors.</summary>
    public const string QuantizedMultiply = "QuantizedMultiply";

    /// <summary>
    /// MatMul of two 8-bit tensors, times attribute <c>factor</c>; uint8 output with <c>minimum</c>, <c>maximum</c> in codes, or float32.
    /// </summary>
    public const string QuantizedMatMul = "QuantizedMatMul";

    /// <summary>Mean of an 8-bit tensor over axes (attribute <c>axes</c>), times attribute <c>factor</c>.</summary>
    public const string QuantizedMean = "QuantizedMean";

    /// <summary>Softmax from codes to codes along attribute <c>axis</c>.</summary>
    public const string QuantizedSoftmax = "QuantizedSoftmax";

    /// <summary>
    /// Normalization of rows of floats: inputs (x, and scale and offset of each element of a row, or neither), attributes <c>length</c> of
    /// a row, <c>epsilon</c> and <c>centered</c> 1 where their means are taken off.
    /// </summary>
    public const string Normalization = "Normalization";

    /// <summary>
    /// Normalization of rows from codes to codes: inputs (codes, scale and offset of each element of a row), attributes <c>epsilon</c> and
    /// <c>centered</c>.
    /// </summary>
    public const string QuantizedNormalization = "QuantizedNormalization";

    /// <summary>Signed to unsigned 8-bit values and back: the same reals with a zero point that differs by 128.</summary>
    public const string FlipSign = "FlipSign";

    /// <summary>The same integers with other quantization parameters, as another reader sees them: a view.</summary>
    public const string Reinterpret = "Reinterpret";

    /// <summary>Copies a tensor where an output would otherwise share memory with another port.</summary>
    public const string Copy = "Copy";

    /// <summary>uint8 codes by a scale and a zero point that the run knows: inputs (x, scale [], zero point [] in float32).</summary>
    public const string Quantize = "Quantize";

    /// <summary>
    /// High and low bytes of 16-bit codes, both uint8: input x in float32; attributes <c>scale</c> and <c>zero_point</c>, that of unsigned
    /// codes.
    /// </summary>
    public const string SplitCodes = "SplitCodes";

    /// <summary>
    /// An attribute of a product that is a part of another, which has its multiply-accumulates already: the model's are counted once.
    /// </summary>
    public const string IsPart = "is_part";

    /// <summary>The nearest numbers of the type of half precision that attribute <c>to</c> names, in float32.</summary>
    public const string Round = "Round";

    /// <summary>Elements along attribute <c>axis</c> by their places: inputs (x, int32 [result]).</summary>
    public const string Pick = "Pick";

    /// <summary>
    /// Weighted sums of neighbours along attribute <c>axis</c>: inputs (x, int32 [result] where they begin, or −1 for attribute
    /// <c>outside</c>, weights [result, neighbours]).
    /// </summary>
    public const string Interpolate = "Interpolate";

    /// <summary>
    /// Sizes and positions as int64: what attribute <c>rule</c> makes of the inputs, of which the first is often asked for its shape only.
    /// What its elements stand for is bound (<see cref="Graphs.Node.Bound"/>).
    /// </summary>
    public const string Sizes = "Sizes";

    /// <summary>
    /// How much longer a Resize makes axes: inputs (their lengths, which are known as expressions, the node's scales or none, its sizes or
    /// none), attributes <c>places</c> and <c>policy</c>; float32 output.
    /// </summary>
    public const string ResizeScales = "ResizeScales";

    /// <summary>
    /// The places that a Pick along an axis reads: inputs (length before and after, which are known as expressions, scales, and what has to
    /// be bound before); the attributes of Resize, <c>index</c> among the scales.
    /// </summary>
    public const string ResizePlaces = "ResizePlaces";

    /// <summary>
    /// Where neighbours begin along an axis and what they count for: the same, and the region or none; <c>place</c> in the region.
    /// </summary>
    public const string ResizeWeights = "ResizeWeights";

    /// <summary>ONNX's NonMaxSuppression into rows for as many boxes as there can be; second output int64 [1]: how many are left.</summary>
    public const string Suppression = "Suppression";

    /// <summary>
    /// The different slices of x along attribute <c>axis</c>, all outputs int64: where each is found first, which of them each slice is,
    /// how often each is there, all three as long as the axis, and [1] how many there are.
    /// </summary>
    public const string Distinction = "Distinction";

    /// <summary>
    /// A part of a tensor: inputs (x, int64 [3 · rank] first elements, steps and lengths, or none what has to be bound before).
    /// </summary>
    public const string Part = "Part";

    /// <summary>
    /// The elements of a tensor in another order: inputs (x, int64 sizes and strides of each axis of the output, and more).
    /// </summary>
    public const string Walk = "Walk";

    /// <summary>ONNX's operators of these names, channels last.</summary>
    public const string GridSample = "GridSample";

    /// <inheritdoc cref="GridSample"/>
    public const string RoiAlign = "RoiAlign";

    /// <inheritdoc cref="GridSample"/>
    public const string MaxRoiPool = "MaxRoiPool";
}
