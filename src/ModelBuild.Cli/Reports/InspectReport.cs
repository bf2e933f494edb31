namespace ModelBuild.Cli.Reports;

/// <summary>What <c>inspect</c> found. What could not be found out is null.</summary>
/// <param name="Model">The file.</param>
/// <param name="IsSupported">Whether it compiles.</param>
/// <param name="File">What the file says of itself; null where it cannot be read.</param>
/// <param name="Inputs">With the types and shapes that the class takes; those of the file where there is no class.</param>
/// <param name="Outputs">The same.</param>
/// <param name="OpenDimensions">Names of the dimensions that the run decides.</param>
/// <param name="Operators">The file's nodes by operator, those of bodies of control flow too.</param>
/// <param name="Parameters">Number of weights, without indices and scalars.</param>
/// <param name="Compiled">What a compile came to; null where it fails.</param>
/// <param name="Quantization">What of the file is quantized.</param>
/// <param name="Findings">Why it does not compile, and warnings.</param>
internal sealed record InspectReport(
    string Model,
    bool IsSupported,
    FileReport? File,
    PortReport[]? Inputs,
    PortReport[]? Outputs,
    string[]? OpenDimensions,
    OperatorReport[]? Operators,
    long? Parameters,
    CompiledReport? Compiled,
    QuantizationReport? Quantization,
    FindingReport[] Findings);

/// <summary>A file and what it says of itself.</summary>
/// <param name="Bytes">Of the file.</param>
/// <param name="ExternalBytes">Of weights in files beside it.</param>
/// <param name="Opset">Version of ONNX's operators.</param>
/// <param name="OtherOpsets">Versions of others, by domain.</param>
/// <param name="IrVersion">Version of the file format.</param>
/// <param name="Producer">The program that wrote it.</param>
/// <param name="Nodes">Number of nodes.</param>
internal sealed record FileReport(
    long Bytes,
    long ExternalBytes,
    long? Opset,
    IReadOnlyDictionary<string, long> OtherOpsets,
    long? IrVersion,
    string Producer,
    int Nodes);

/// <summary>How often an operator occurs.</summary>
internal sealed record OperatorReport(string Operator, int Count);

/// <summary>What the compiler made. Expressions are in the names of open dimensions, as in C#.</summary>
/// <param name="Mode">What it was compiled as: <c>int8</c> for quantized models, otherwise <c>fp32</c>.</param>
/// <param name="MultiplyAccumulates">Of one call, an expression.</param>
/// <param name="WorkingMemoryBytes">Of one call, an expression.</param>
/// <param name="WeightsBytes">Of the file of weights.</param>
/// <param name="Steps">Number of kernel calls.</param>
internal sealed record CompiledReport(string Mode, string MultiplyAccumulates, string WorkingMemoryBytes, long WeightsBytes, int Steps);

/// <summary>What is quantized.</summary>
/// <param name="Form"><c>none</c>, <c>QDQ</c>, <c>QOperator</c> or <c>dynamic</c>.</param>
/// <param name="QuantizeLinear">Number of such nodes.</param>
/// <param name="DequantizeLinear">Number of such nodes.</param>
/// <param name="IntegerSteps">Kernel calls that compute with integers; null where it does not compile or is not quantized.</param>
/// <param name="ConversionSteps">Kernel calls that turn floats into codes and back.</param>
/// <param name="FloatSteps">Kernel calls that compute with floats.</param>
/// <param name="FloatNodes">The nodes behind those.</param>
internal sealed record QuantizationReport(
    string Form, int QuantizeLinear, int DequantizeLinear, int? IntegerSteps, int? ConversionSteps, int? FloatSteps, string[]? FloatNodes);
