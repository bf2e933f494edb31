using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Tests.Ports;

/// <summary>Inputs and outputs that are codes: which can be. What they compute: CodePortTests.</summary>
public sealed class CodePortsTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("fp16", "int8", "", "MODELB2019", "InputType asks for codes of an input. Their scale is found out on samples")]
    [InlineData("fp32", "", "uint8", "MODELB2025", "the mode is fp32. Set Mode=\"int8\" and Calibration, or leave OutputType out")]
    [InlineData("int8-dynamic", "", "y=int8", "MODELB2025", "the mode is int8-dynamic")]
    [InlineData("int8", "places=int8", "", "MODELB2019", "input 'places' has elements of Int64, and codes stand for those of Float32")]
    [InlineData("int8", "z=int8", "", "MODELB2019", "InputType names 'z', which is no input: there are 'x', 'places'.")]
    [InlineData("int8", "", "yy=int8", "MODELB2025", "OutputType names 'yy', which is no output: there are 'y', 'picked'. Did you mean")]
    [InlineData("int8", "", "picked=uint8", "MODELB2025", "output 'picked' has elements of Int64")]
    public void Compile_WhatCannotBeCodes_IsRefused(string mode, string inputType, string outputType, string code, string expected)
    {
        CompileOptions options = Options(Model(), mode, inputType, outputType);

        Finding finding = Assert.Single(Assert.Throws<CompilationException>(() => ModelCompiler.Compile(options)).Findings);
        Finding surface = Assert.Single(Assert.Throws<CompilationException>(() => ModelCompiler.CompileSurface(options)).Findings);

        Assert.Equal(code, finding.Code);
        Assert.Contains(expected, finding.Message, StringComparison.Ordinal);
        Assert.Equal(finding, surface);
    }

    [Fact]
    public void Compile_ModelThatArrivesQuantizedWithoutCodesAtAPort_IsRefused()
    {
        byte[] onnx = new OnnxGraph().Input("x", 1, 4).Output("y", 1, 4).Constant("s", Tensor.Scalar(0.1f))
            .Constant("z", Tensor.Of([(byte)3])).Node("Neg", ["x"], ["n"]).Node("QuantizeLinear", ["n", "s", "z"], ["q"])
            .Node("DequantizeLinear", ["q", "s", "z"], ["d"]).Node("Neg", ["d"], ["y"]).ToModel(13);

        Finding input = Assert.Single(
            Assert.Throws<CompilationException>(() => ModelCompiler.Compile(Options(onnx, "int8", "int8", ""))).Findings);
        Finding output = Assert.Single(
            Assert.Throws<CompilationException>(() => ModelCompiler.Compile(Options(onnx, "int8", "", "uint8"))).Findings);

        Assert.Equal(("MODELB2019", "MODELB2025"), (input.Code, output.Code));
        Assert.Contains("input 'x' has no 8-bit codes in it", input.Message, StringComparison.Ordinal);
        Assert.Contains("output 'y' has no 8-bit codes in it", output.Message, StringComparison.Ordinal);
    }

    /// <summary>Of two outputs one is asked for in codes: the other stays float.</summary>
    [Theory]
    [InlineData("y=uint8", "U8 F32")]
    [InlineData("z=int8", "F32 S8")]
    [InlineData("y=uint8;z=int8", "U8 S8")]
    public void Compile_CodesOfOneOutput_LeaveTheOther(string outputType, string expected)
    {
        byte[] onnx = new OnnxGraph().Input("x", "batch", 4).Input("places", DataType.Int64, "batch", 1).Output("y").Output("z")
            .Constant("w", [4, 3], [.. Enumerable.Range(0, 12).Select(i => (i % 5) - 2f)])
            .Node("MatMul", ["x", "w"], ["y"]).Node("Relu", ["y"], ["r"]).Node("MatMul", ["r", "v"], ["z"])
            .Constant("v", [3, 2], [1, 2, 3, -1, -2, -3]).ToModel();

        using CompileResult result = ModelCompiler.Compile(Options(onnx, "int8", "", outputType));

        ExecutionPlan plan = PlanReader.Read(result.Plan);
        Assert.Equal(expected.Split(' '), plan.Outputs.Select(o => plan.Tensors[o.Tensor].Type.ToString()));
        Assert.Equal(expected.Split(' ').Select(t => t != "F32"), plan.Outputs.Select(o => o.Codes is not null));
    }

    /// <summary>Probabilities have 256 steps from zero, whatever only moves them.</summary>
    [Theory]
    [InlineData("Softmax", "")]
    [InlineData("Sigmoid", "")]
    [InlineData("Softmax", "Reshape")]
    [InlineData("Sigmoid", "Transpose")]
    [InlineData("Softmax", "Unsqueeze")]
    [InlineData("Softmax", "Flatten")]
    public void Compile_ProbabilitiesMoved_HaveAScaleOfA256th(string type, string moved)
    {
        OnnxGraph g = new OnnxGraph().Input("x", "batch", 4).Input("places", DataType.Int64, "batch", 1).Output("y")
            .Constant("w", [4, 3], [.. Enumerable.Range(0, 12).Select(i => (i % 5) - 2f)]).Integers("to", 0, 3, 1).Integers("axis", 1)
            .Node("MatMul", ["x", "w"], ["m"]).Node(type, ["m"], [moved.Length == 0 ? "y" : "p"]);
        _ = moved.Length == 0 ? g
            : g.Node(moved, moved switch { "Reshape" => ["p", "to"], "Unsqueeze" => ["p", "axis"], _ => ["p"] }, ["y"]);

        using CompileResult result = ModelCompiler.Compile(Options(g.ToModel(), "int8", "", "uint8"));

        Assert.Equal(new PlanCodes(1f / 256, 0), PlanReader.Read(result.Plan).Outputs.Single(o => o.Name == "y").Codes);
    }

    /// <summary>What an IDE sees before the first build has the types and members of the class.</summary>
    [Fact]
    public void CompileSurface_Codes_HasTheTypesOfTheClass()
    {
        CompileOptions options = Options(Model(), "int8", "int8", "y=uint8");

        ExecutionPlan surface = PlanReader.Read(ModelCompiler.CompileSurface(options));
        ExecutionPlan plan = PlanReader.Read(ModelCompiler.Compile(options).Plan);

        Assert.Equal([PlanType.S8, PlanType.S64, PlanType.U8, PlanType.S64], Types(surface));
        Assert.Equal(Types(plan), Types(surface));
        Assert.Equal(
            plan.Inputs.Concat(plan.Outputs).Select(p => p.Codes is null),
            surface.Inputs.Concat(surface.Outputs).Select(p => p.Codes is null));

        static IEnumerable<PlanType> Types(ExecutionPlan plan) =>
            plan.Inputs.Concat(plan.Outputs).Select(p => plan.Tensors[p.Tensor].Type);
    }

    private CompileOptions Options(byte[] onnx, string mode, string inputType, string outputType)
    {
        Assert.True(ModelModeNames.TryRead(mode, out ModelMode read, out _));
        Assert.True(PortTypes.TryRead(inputType, out PortTypes inputs, out _));
        Assert.True(PortTypes.TryRead(outputType, out PortTypes outputs, out _));
        var samples = new Dictionary<string, Tensor>
        {
            ["x"] = Tensor.Of([.. Enumerable.Range(0, 24).Select(i => i - 11f)], 6, 4), ["places"] = Tensor.Of([0L, 1, 2, 0, 1, 2], 6, 1),
        };
        return new CompileOptions
        {
            ModelPath = _files.Write("model.onnx", onnx), Mode = read, ClassName = "Model", ResourceName = "r", InputType = inputs,
            OutputType = outputs, CalibrationFiles = [_files.Write("samples.npz", NumpyFile.Npz(samples))],
        };
    }

    private static byte[] Model() => new OnnxGraph().Input("x", "batch", 4).Input("places", DataType.Int64, "batch", 1)
        .Output("y", "batch", 3).Output("picked", DataType.Int64, "batch", 1)
        .Constant("w", [4, 3], [.. Enumerable.Range(0, 12).Select(i => (i % 5) - 2f)])
        .Node("MatMul", ["x", "w"], ["y"]).Node("Add", ["places", "places"], ["picked"]).ToModel();
}
