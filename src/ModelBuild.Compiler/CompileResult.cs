namespace ModelBuild.Compiler;

/// <summary>A compiled model, ready to be written to files.</summary>
/// <param name="Plan">Text of the plan: what the generator turns into the class.</param>
/// <param name="Weights">The file of constants that the class reads from its assembly's resources.</param>
/// <param name="Onnx">The model as it is computed, as an ONNX file: with Q/DQ nodes for int8, with half initializers for fp16.</param>
/// <param name="Sqnr">Signal to quantization noise ratio of the outputs on the calibration data against fp32 in dB; null where it was not measured.</param>
/// <param name="Findings">Warnings.</param>
/// <param name="InputFiles">Every file that was read: model, external data, calibration.</param>
public sealed record CompileResult(
    string Plan, ReadOnlyMemory<byte> Weights, ReadOnlyMemory<byte> Onnx, double? Sqnr, IReadOnlyList<Finding> Findings, IReadOnlyList<string> InputFiles);
