using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Emit;

/// <summary>
/// Runs a model as a whole in ONNX Runtime. It works in the caller's memory, which is held in place while it does; an output whose size
/// only the run knows comes in memory of its own and is copied.
/// </summary>
internal sealed class OnnxRuntimeBackend(ExecutionPlan plan, ModelNames names, Dimensions dimensions, PortCode ports, BoundOutputs bound)
    : IBackend
{
    private const string Namespace = "Microsoft.ML.OnnxRuntime";
    private const string Ort = "OrtApi::";

    /// <inheritdoc/>
    public IEnumerable<(string Alias, string Namespace)> Aliases => [("OrtApi", Namespace), ("ModelBuildRuntime", "ModelBuild.Runtime")];

    /// <inheritdoc/>
    public string Payload => "ONNX";

    /// <inheritdoc/>
    public string Remarks =>
        $"""
        /// The model runs in ONNX Runtime, which the first call loads. Thread-safe: any number of threads may call one instance; all
        /// instances share one session. Inputs and outputs must not overlap. A part of this class in the project may implement
        /// <c>static partial void {names.ConfigureSession}(SessionOptions options)</c> to choose threads and execution providers.
        """;

    /// <inheritdoc/>
    public IEnumerable<(string Term, string Description)> Facts =>
        plan.Weights is PlanWeights model
            ? [("Model", $"{model.Length.ToString("N0", CultureInfo.InvariantCulture)} bytes, which ONNX Runtime loads")]
            : [];

    /// <inheritdoc/>
    public string Allocations => "Allocates what ONNX Runtime asks for.";

    /// <inheritdoc/>
    public string TrimDocumentation =>
        """
        /// <summary>Does nothing here: ONNX Runtime keeps its working memory until the process ends.</summary>
        """;

    /// <summary>The outputs whose memory is there before the call.</summary>
    private IEnumerable<PlanPort> KnownOutputs => plan.Outputs.Where(p => !bound.Contains(p));

    /// <inheritdoc/>
    public string Options => $"They change nothing here: <see cref=\"{names.ConfigureSession}\"/> says how many threads ONNX Runtime has.";

    /// <inheritdoc/>
    public void EmitFields(SourceWriter writer)
    {
    }

    /// <inheritdoc/>
    public void EmitOptions(SourceWriter writer)
    {
    }

    /// <inheritdoc/>
    public void EmitRun(SourceWriter writer) => writer.Call(
        names.Run,
        [
            .. plan.Symbols.Select(ports.Symbol),
            .. plan.Inputs.Concat(KnownOutputs).Select(ports.Variable),
            .. plan.Outputs.Where(bound.Contains).Select(p => $"ref {ports.Buffer(p)}"),
            .. bound.Symbols.Select(s => $"out {ports.Symbol(s)}"),
        ]);

    /// <inheritdoc/>
    public void EmitTrim(SourceWriter writer)
    {
    }

    /// <inheritdoc/>
    public void EmitHooks(SourceWriter writer)
    {
        writer.Line();
        writer.Line("/// <summary>Sets up the session in which the model runs; for the project to implement.</summary>");
        writer.Line("/// <param name=\"options\">Threads, execution providers and whatever else the session is to have.</param>");
        writer.Line($"static partial void {names.ConfigureSession}(global::{Namespace}.SessionOptions options);");
    }

    /// <inheritdoc/>
    public void EmitMembers(SourceWriter writer)
    {
        EmitRunMethod(writer);
        EmitEngine(writer);
    }

    private void EmitRunMethod(SourceWriter writer)
    {
        UniqueNames locals = names.NewLocals();
        string session = locals.Add("session");
        string options = locals.Add("options");
        string binding = locals.Add("binding");
        string addresses = locals.Add("addresses");
        writer.Line();
        writer.Line("/// <summary>The model, in the memory of the caller.</summary>");
        writer.Signature(
            $"private static void {names.Run}",
            [
                .. plan.Symbols.Select(s => $"int {ports.Symbol(s)}"),
                .. plan.Inputs.Select(p => $"{ModelEmitter.ReadOnlySpan}<{ports.Type(p)}> {ports.Variable(p)}"),
                .. KnownOutputs.Select(p => $"{ModelEmitter.Span}<{ports.Type(p)}> {ports.Variable(p)}"),
                .. plan.Outputs.Where(bound.Contains)
                    .Select(p => $"ref {ModelEmitter.Runtime}OutputBuffer<{ports.Type(p)}> {ports.Buffer(p)}"),
                .. bound.Symbols.Select(s => $"out int {ports.Symbol(s)}"),
            ]);
        using (writer.Open())
        {
            writer.Line($"{Ort}InferenceSession {session} = {names.Engine}.Session;");
            writer.Line($"using var {options} = new {Ort}RunOptions();");
            writer.Line($"using {Ort}OrtIoBinding {binding} = {session}.CreateIoBinding();");
            writer.Line();
            EmitPins(writer, locals, addresses, () =>
            {
                EmitBindings(writer, binding, addresses);
                writer.Line($"{session}.RunWithBinding({options}, {binding});");
            });
            EmitResults(writer, locals, binding);
        }
    }

    /// <summary>Holds the caller's memory in place, so that nothing is copied.</summary>
    private void EmitPins(SourceWriter writer, UniqueNames locals, string addresses, System.Action emit)
    {
        string last = locals.Add("none");
        writer.Line($"{ModelEmitter.Runtime}PortMemory {last} = default;");
        foreach (PlanPort port in plan.Inputs.Concat(KnownOutputs))
        {
            string link = locals.Add(names[port].Variable + "Memory");
            writer.Line(
                $"{ModelEmitter.Runtime}PortMemory {link} = "
                    + $"{ModelEmitter.Runtime}PortMemory.After<{ports.Type(port)}>(ref {last}, {ports.Variable(port)});");
            last = link;
        }

        writer.Line($"{last}.Pin({addresses} =>");
        writer.Line("{");
        writer.Level++;
        emit();
        writer.Level--;
        writer.Line("});");
    }

    private void EmitBindings(SourceWriter writer, string binding, string addresses)
    {
        int place = 0;
        foreach (PlanPort input in plan.Inputs)
        {
            EmitBinding("BindInput", input);
        }

        foreach (PlanPort output in plan.Outputs)
        {
            if (bound.Contains(output))
            {
                writer.Line($"{binding}.BindOutputToDevice({CSharp.Literal(output.Name)}, {Ort}OrtMemoryInfo.DefaultInstance);");
            }
            else
            {
                EmitBinding("BindOutput", output);
            }
        }

        void EmitBinding(string method, PlanPort port)
        {
            writer.Call(
                $"{names.Engine}.{method}",
                [
                    binding,
                    CSharp.Literal(port.Name),
                    $"{Ort}Tensors.TensorElementType.{ElementType(port)}",
                    $"sizeof({SizeType(port)})",
                    $"{addresses}[{Number(place++)}]",
                    Shape(port),
                ]);
        }
    }

    /// <summary>Reads the sizes that the run has found out, and takes the outputs that have them.</summary>
    private void EmitResults(SourceWriter writer, UniqueNames locals, string binding)
    {
        if (bound.Symbols.Count == 0)
        {
            return;
        }

        string results = locals.Add("results");
        var shapes = new Dictionary<PlanPort, string>();
        writer.Line();
        writer.Line($"using {Ort}IDisposableReadOnlyCollection<{Ort}OrtValue> {results} = {binding}.GetOutputValues();");
        PlanPort[] outputs = [.. plan.Outputs];
        for (int i = 0; i < outputs.Length; i++)
        {
            if (bound.Contains(outputs[i]))
            {
                shapes[outputs[i]] = locals.Add(names[outputs[i]].Variable + "Dimensions");
                writer.Line($"long[] {shapes[outputs[i]]} = {results}[{Number(i)}].GetTensorTypeAndShape().Shape;");
            }
        }

        foreach (ResultSize size in ResultSize.Find(bound.Symbols, [.. outputs.Select(ports.Shape)]) ?? [])
        {
            PlanPort output = outputs[size.Output];
            writer.Call(
                $"{ports.Symbol(size.Symbol)} = {ModelEmitter.Runtime}EngineModel.Size",
                [
                    shapes[output],
                    $"rank: {Number(ports.Shape(output).Count)}",
                    $"axis: {Number(size.Axis)}",
                    $"rest: {dimensions.Int64(size.Rest)}",
                    $"factor: {Number(size.Factor)}",
                    CSharp.Literal(output.Name),
                ]);
        }

        for (int i = 0; i < outputs.Length; i++)
        {
            if (shapes.TryGetValue(outputs[i], out string? shape))
            {
                string name = CSharp.Literal(outputs[i].Name);
                writer.Line($"{ModelEmitter.Runtime}EngineModel.CheckShape({shape}, {Shape(outputs[i])}, {name});");
                writer.Line(
                    $"global::System.Runtime.InteropServices.MemoryMarshal.Cast<byte, {ports.Type(outputs[i])}>("
                        + $"{results}[{Number(i)}].GetTensorMutableRawData())");
                writer.Line(
                    $"    .CopyTo({ports.Buffer(outputs[i])}.Take({dimensions.Int64(plan.Tensors[outputs[i].Tensor].Length)}));");
            }
        }
    }

    /// <summary>The one session of the class.</summary>
    private void EmitEngine(SourceWriter writer)
    {
        PlanWeights model = plan.Weights!;
        writer.Line();
        writer.Line(
            $$"""
            /// <summary>The model in ONNX Runtime.</summary>
            private static class {{names.Engine}}
            {
                private static readonly object s_lock = new();
                private static volatile OrtApi::InferenceSession? s_session;

                /// <summary>The session; it is made when it is first asked for, and stays.</summary>
                public static OrtApi::InferenceSession Session
                {
                    get
                    {
                        if (s_session is null)
                        {
                            lock (s_lock)
                            {
                                s_session ??= CreateSession();
                            }
                        }

                        return s_session;
                    }
                }

                /// <summary>Has an input read from memory.</summary>
                public static void BindInput(
                    OrtApi::OrtIoBinding binding, string name, OrtApi::Tensors.TensorElementType type, int size, nint address, long[] shape)
                {
                    using OrtApi::OrtValue value = CreateValue(type, size, address, shape);
                    binding.BindInput(name, value);
                }

                /// <summary>Has an output written to memory.</summary>
                public static void BindOutput(
                    OrtApi::OrtIoBinding binding, string name, OrtApi::Tensors.TensorElementType type, int size, nint address, long[] shape)
                {
                    using OrtApi::OrtValue value = CreateValue(type, size, address, shape);
                    binding.BindOutput(name, value);
                }

                /// <summary>Memory as a tensor; ONNX Runtime works in it.</summary>
                private static OrtApi::OrtValue CreateValue(OrtApi::Tensors.TensorElementType type, int size, nint address, long[] shape)
                {
                    long bytes = size;
                    foreach (long dimension in shape)
                    {
                        bytes = checked(bytes * dimension);
                    }

                    return OrtApi::OrtValue.CreateTensorValueWithData(OrtApi::OrtMemoryInfo.DefaultInstance, type, shape, address, bytes);
                }

                private static OrtApi::InferenceSession CreateSession()
                {
                    byte[] model = ModelBuildRuntime::EngineModel.{{(model.IsFile ? "ReadFile" : "Read")}}(
                        typeof({{names.Class}}).Assembly,
                        {{(model.IsFile ? "file" : "resource")}}: {{CSharp.Literal(model.Name)}},
                        length: {{Number(model.Length)}},
                        sha256: {{CSharp.Literal(model.Sha256)}});
                    try
                    {
                        using var options = new OrtApi::SessionOptions();

                        // Exact sums of products of bytes, as ONNX defines them, on processors without VNNI too.
                        options.AddSessionConfigEntry("session.x64quantprecision", "1");
                        {{names.ConfigureSession}}(options);
                        return new OrtApi::InferenceSession(model, options);
                    }
                    catch (global::System.Exception e) when (e is global::System.TypeInitializationException
                        or global::System.DllNotFoundException or global::System.EntryPointNotFoundException)
                    {
                        throw ModelBuildRuntime::EngineModel.NativeLibraryMissing(e);
                    }
                }
            }
            """);
    }

    private string Shape(PlanPort port) => ports.Shape(port) is { Count: > 0 } shape
        ? $"new long[] {{ {string.Join(", ", shape.Select(dimensions.Int64))} }}"
        : "new long[0]";

    private string ElementType(PlanPort port) => plan.Tensors[port.Tensor].Type switch
    {
        PlanType.F16 => "Float16",
        PlanType.F32 => "Float",
        PlanType.F64 => "Double",
        PlanType.U8 => "UInt8",
        PlanType.S8 => "Int8",
        PlanType.U16 => "UInt16",
        PlanType.S16 => "Int16",
        PlanType.U32 => "UInt32",
        PlanType.S32 => "Int32",
        PlanType.U64 => "UInt64",
        PlanType.S64 => "Int64",
        _ => "Bool",
    };

    /// <summary>A type of the same size whose size C# knows without unsafe code.</summary>
    private string SizeType(PlanPort port) => plan.Tensors[port.Tensor].Type == PlanType.F16 ? "ushort" : ports.Type(port);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
