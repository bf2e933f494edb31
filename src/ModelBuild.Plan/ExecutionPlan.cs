using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace ModelBuild.Plan;

/// <summary>
/// A model after compilation: everything that is bound at build, in the order in which it runs. It is the only thing that passes
/// from MSBuild to Roslyn, as text (written by <c>PlanWriter</c>, read by <c>PlanReader</c>), and what the compiler's own interpreter runs.
/// </summary>
/// <param name="Class">The class to generate.</param>
/// <param name="Source">The model file it came from.</param>
/// <param name="Mode"><c>fp32</c>, <c>fp16</c> or <c>int8</c>.</param>
/// <param name="Card">Figures for people: what stands in the class's documentation.</param>
/// <param name="Weights">
/// The file of constants beside the plan; of a plan for another engine the model that it loads. Null in a surface plan.
/// </param>
/// <param name="Symbols">
/// Names of the dimensions that only the run knows, C# identifiers, in the order in which the inputs' shapes have them: that of the
/// parameters of a call. Every one occurs as a whole dimension of an input.
/// </param>
/// <param name="BoundSymbols">
/// Names of sizes and positions that steps find out from data, C# identifiers, in the order in which steps bind them. A surface plan has
/// those that outputs depend on.
/// </param>
/// <param name="Arena">Working memory of one call in bytes, as far as it does not depend on what steps bind.</param>
/// <param name="Slice">How a large batch is cut; null where it cannot be.</param>
/// <param name="Inputs">Model inputs, in the model's order.</param>
/// <param name="Outputs">Model outputs, in the model's order.</param>
/// <param name="Tensors">All tensors that steps read and write, inputs and outputs included. A tensor's id is its index.</param>
/// <param name="Constants">All constants that steps read. A constant's id is its index.</param>
/// <param name="Steps">
/// Kernel calls in order. Empty in a surface plan, which only carries what IntelliSense needs, and in a plan for another engine.
/// </param>
internal sealed record ExecutionPlan(
    PlanClass Class,
    PlanSource Source,
    string Mode,
    PlanCard Card,
    PlanWeights? Weights,
    EquatableArray<string> Symbols,
    EquatableArray<string> BoundSymbols,
    Dimension Arena,
    PlanSlice? Slice,
    EquatableArray<PlanPort> Inputs,
    EquatableArray<PlanPort> Outputs,
    EquatableArray<PlanTensor> Tensors,
    EquatableArray<PlanConstant> Constants,
    EquatableArray<PlanStep> Steps)
{
    /// <summary>The version of the text form. A reader refuses any other.</summary>
    public const int Version = 6;

    /// <summary>Who runs the model.</summary>
    public PlanBackend Backend { get; init; } = PlanBackend.Managed;

    /// <summary>
    /// What symbols may be in a call; those that are not here may be any size but 0. In the text form: <c>range sequence 1 512</c>.
    /// </summary>
    public EquatableArray<PlanRange> Ranges { get; init; } = EquatableArray<PlanRange>.Empty;

    /// <summary>False for the plan of a design-time build, which has a surface and no body.</summary>
    public bool IsComplete => Weights is not null;

    /// <summary>All steps, those inside others behind them.</summary>
    public IEnumerable<PlanStep> AllSteps => Steps.SelectMany(s => s.WithInner);
}

/// <summary>What a dimension may be that only the run knows.</summary>
/// <param name="Symbol">One of the plan's.</param>
/// <param name="Least">At least 0.</param>
/// <param name="Most">At least <paramref name="Least"/>.</param>
internal sealed record PlanRange(string Symbol, int Least, int Most)
{
    /// <summary>For people: <c>from 1 to 512</c>, or <c>at least 5</c>.</summary>
    public string Sizes => Most == int.MaxValue
        ? "at least " + Least.ToString(CultureInfo.InvariantCulture)
        : $"from {Least.ToString(CultureInfo.InvariantCulture)} to {Most.ToString(CultureInfo.InvariantCulture)}";
}

/// <summary>Who runs a model.</summary>
internal enum PlanBackend
{
    /// <summary>The kernels of ModelBuild.Runtime, step by step. The text form says nothing of it.</summary>
    Managed,

    /// <summary>
    /// ONNX Runtime, which loads the model as a whole. The plan has ports and no steps, and its bound symbols are those that outputs depend
    /// on. In the text form: <c>backend onnxruntime</c>.
    /// </summary>
    OnnxRuntime,
}

/// <summary>The class to generate.</summary>
/// <param name="Accessibility"><c>public</c> or <c>internal</c>.</param>
/// <param name="Namespace">May be empty: the global namespace.</param>
/// <param name="Name">A C# identifier.</param>
internal sealed record PlanClass(string Accessibility, string Namespace, string Name)
{
    /// <summary>The name with its namespace before it.</summary>
    public string FullName => Namespace.Length == 0 ? Name : $"{Namespace}.{Name}";
}

/// <summary>The model file a plan came from.</summary>
/// <param name="File">File name without folders: a plan carries no path of the machine that built it.</param>
/// <param name="Sha256">Lower-case hex.</param>
/// <param name="Opset">Version of the default ONNX operator set.</param>
/// <param name="Producer">As the file says; may be empty.</param>
internal sealed record PlanSource(string File, string Sha256, long Opset, string Producer);

/// <summary>Figures for the documentation of the class.</summary>
/// <param name="Parameters">Number of weights in the source model.</param>
/// <param name="MultiplyAccumulates">Multiply-accumulate operations of one call.</param>
/// <param name="Sqnr">
/// Signal to quantization noise ratio of the outputs on the calibration data, against fp32, in dB; null where it was not measured.
/// </param>
internal sealed record PlanCard(long Parameters, Dimension MultiplyAccumulates, double? Sqnr);

/// <summary>The file of constants.</summary>
/// <param name="Name">Logical name of the embedded resource, or of the file.</param>
/// <param name="Length">Length of the file in bytes.</param>
/// <param name="Sha256">Of the file's payload, lower-case hex; the file's header repeats it.</param>
/// <param name="IsFile">Whether the file lies beside the assembly, and is no resource in it.</param>
internal sealed record PlanWeights(string Name, long Length, string Sha256, bool IsFile);

/// <summary>
/// The samples of a batch are computed independently of each other, so that any number of them can be run at a time. Where a shape has the
/// symbol, it leads the shape, if need be times something; all outputs have it.
/// </summary>
/// <param name="Symbol">How many samples there are.</param>
/// <param name="Bytes">Working memory that a slice should not exceed unless it is a single sample.</param>
internal sealed record PlanSlice(string Symbol, long Bytes);

/// <summary>An input or output of the model.</summary>
/// <param name="Name">As in the model.</param>
/// <param name="Identifier">As in C#, in camelCase and unique among the ports: <c>input.1</c> becomes <c>input1</c>.</param>
/// <param name="Tensor">Id of the tensor.</param>
internal sealed record PlanPort(string Name, string Identifier, int Tensor)
{
    /// <summary>Of an input that takes images, pixel by pixel from the top left: <c>rgb</c> or <c>gray</c>. Null for all others.</summary>
    public string? Pixels { get; init; }

    /// <summary>Of a port whose elements are codes where the model has floats. Null for all others.</summary>
    public PlanCodes? Codes { get; init; }
}

/// <summary>
/// How codes stand for reals: real = (code − zero point) × scale. A surface plan says that there are codes, not what they stand for.
/// </summary>
internal sealed record PlanCodes(float Scale, int ZeroPoint);

/// <summary>A tensor of the run.</summary>
/// <param name="Name">As in the model, or what the compiler called it.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">As it lies in memory, row-major.</param>
/// <param name="Location">Where it lives.</param>
/// <param name="Offset">For <see cref="PlanLocation.Arena"/>: bytes from the region's start. Otherwise the index of the port.</param>
/// <param name="Scale">Of a quantized tensor with one scale; otherwise null. For people: steps carry their own numbers.</param>
/// <param name="ZeroPoint">Of a quantized tensor with one zero point; otherwise null.</param>
internal sealed record PlanTensor(
    string Name, PlanType Type, EquatableArray<Dimension> Shape, PlanLocation Location, Dimension Offset, float? Scale, int? ZeroPoint)
{
    /// <summary>
    /// Which part of the working memory it is in: 0 for what is there from the start, n for what a binding step has added.
    /// </summary>
    public int Region { get; init; }

    /// <summary>Number of elements.</summary>
    public Dimension Length
    {
        get
        {
            Dimension length = Dimension.One;
            foreach (Dimension dimension in Shape)
            {
                length *= dimension;
            }

            return length;
        }
    }
}

/// <summary>Where a tensor lives.</summary>
internal enum PlanLocation
{
    /// <summary>In the working memory of the call.</summary>
    Arena,

    /// <summary>In the caller's memory, read only.</summary>
    Input,

    /// <summary>In the caller's memory, written.</summary>
    Output,
}

/// <summary>Element types. The text form is the lower-case short name: <c>f32</c>, <c>u8</c>.</summary>
internal enum PlanType
{
    F16,
    F32,
    F64,
    U8,
    S8,
    U16,
    S16,
    U32,
    S32,
    U64,
    S64,
    Bool,
}

/// <summary>A constant of the weight file.</summary>
/// <param name="Name">As in the model.</param>
/// <param name="Type">Element type as kernels see it (a half is seen as F32: it is widened when the file is loaded).</param>
/// <param name="Format">How the elements are laid out, and the version of that layout: <c>plain/1</c>, <c>gemm.s8/1</c>.</param>
/// <param name="Offset">Bytes from the start of the loaded payload, a multiple of 64.</param>
/// <param name="Length">Number of elements as packed.</param>
internal sealed record PlanConstant(string Name, PlanType Type, string Format, long Offset, long Length);

/// <summary>One kernel call, or steps that run under a condition or again and again.</summary>
/// <param name="Name">The ONNX nodes it came from, joined by " + ".</param>
/// <param name="Description">For people: operator, geometry, types and scales.</param>
/// <param name="Call">
/// The static method of <c>ModelBuild.Runtime.Kernels</c> and its arguments; of steps that hold others <see cref="IfTarget"/> or
/// <see cref="LoopTarget"/>.
/// </param>
internal sealed record PlanStep(string Name, string Description, PlanCall Call)
{
    /// <summary>
    /// Two blocks of which one runs: the first where the argument <c>condition</c>, a tensor or constant of one bool, is true.
    /// </summary>
    public const string IfTarget = "if";

    /// <summary>
    /// A block that runs as long as <c>index</c>, an int64 tensor that counts the runs from 0, is less than <c>trips</c> (an expression, or
    /// a tensor or constant of one int64) and <c>condition</c> is true. Either of these two may be left out.
    /// </summary>
    public const string LoopTarget = "loop";

    /// <summary>What is known once the call has returned; null where it only writes tensors.</summary>
    public PlanBinding? Binding { get; init; }

    /// <summary>The steps that it holds, block by block; none for a kernel call.</summary>
    public EquatableArray<PlanBlock> Blocks { get; init; } = EquatableArray<PlanBlock>.Empty;

    /// <summary>This step and those inside it, in the order of the text.</summary>
    public IEnumerable<PlanStep> WithInner => Blocks.SelectMany(b => b.Steps).SelectMany(s => s.WithInner).Prepend(this);
}

/// <summary>Steps that run one after the other.</summary>
internal sealed record PlanBlock(EquatableArray<PlanStep> Steps);

/// <summary>
/// A call has found out numbers that later steps have for symbols: how many elements of a tensor are not zero. The working memory of what
/// depends on them becomes known with them. What an iteration of a loop changes is bound anew, in the same region.
/// </summary>
/// <param name="Tensor">An int64 tensor that the call has written, and in which all elements named here fit <c>int</c>.</param>
/// <param name="Symbols">What becomes known.</param>
/// <param name="Region">The number of the region of working memory that belongs to them, from 1.</param>
/// <param name="Bytes">Size of the region; 0 for none.</param>
internal sealed record PlanBinding(int Tensor, EquatableArray<PlanBoundSymbol> Symbols, int Region, Dimension Bytes)
{
    /// <summary>True where the region keeps what it holds when it grows.</summary>
    public bool Keeps { get; init; }
}

/// <summary>A symbol and where its value is.</summary>
/// <param name="Name">A C# identifier.</param>
/// <param name="Element">Index in the tensor.</param>
internal sealed record PlanBoundSymbol(string Name, int Element);
