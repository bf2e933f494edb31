using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Tests.Support;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Tests.Passes;

public sealed class NarrowFloat64Tests
{
    [Fact]
    public void Run_DoubleArithmetic_IsFloat32BetweenDoublePorts()
    {
        var test = new PassTest();
        Value x = test.Graph.NewValue("x", DataType.Float64, new Shape([Dimension.Symbol("batch"), 3]));
        test.Graph.Inputs.Add(x);
        Value sum = test.Node("Add", "sum", [x, test.Constant("c", Tensor.FromDoubles(DataType.Float64, [1, 2, 3], 3))]);
        test.Output(test.Node("Relu", "y", [sum]));

        PortablePasses.Run(test.Graph, test.Context);

        Assert.Equal("Cast Add Relu Cast", test.Operators);
        Assert.Equal([DataType.Float64, DataType.Float64], [test.Graph.Inputs[0].Type, test.Graph.Outputs[0].Type]);
        Assert.Equal("y", test.Graph.Outputs[0].Name);
        Assert.Equal(DiagnosticCodes.ComputedInFloat32, Assert.Single(test.Context.Findings).Code);
    }

    [Fact]
    public void Run_KeepsFloat64_NarrowsOnlyWhatHasNoKernel()
    {
        var test = new PassTest();
        PassContext context = test.Context with { KeepsFloat64 = true };
        Value x = test.Graph.NewValue("x", DataType.Float64, new Shape([2, 3, 8]));
        test.Graph.Inputs.Add(x);
        Value weights = test.Constant("w", Tensor.FromDoubles(DataType.Float64, new double[12], 2, 3, 2));
        Value convolved = test.Node("Conv", "c", [test.Node("Sqrt", "s", [x]), weights]);
        test.Output(test.Node("Softmax", "y", [convolved]), test.Node("LeakyRelu", "z", [convolved]));

        PortablePasses.Run(test.Graph, context);

        Assert.Equal("Sqrt Cast Conv Cast Softmax LeakyRelu Cast", test.Operators);
        Assert.Equal([DataType.Float64, DataType.Float64], test.Graph.Outputs.Select(o => o.Type));
        Assert.Equal(["y", "z"], test.Graph.Outputs.Select(o => o.Name));
        Finding finding = Assert.Single(context.Findings);
        Assert.Equal(DiagnosticCodes.ComputedInFloat32, finding.Code);
        Assert.Contains("Conv, LeakyRelu are computed in float32", finding.Message, StringComparison.Ordinal);
    }

    /// <summary>What is found in a second graph is said with what was found in the first.</summary>
    [Fact]
    public void Run_KeepsFloat64_SecondGraphIsSaidWithTheFirst()
    {
        PassContext context = new PassTest().Context with { KeepsFloat64 = true };
        var pass = new Float32Islands();
        foreach (string type in (string[])["LeakyRelu", "HardSwish"])
        {
            var test = new PassTest();
            Value x = test.Graph.NewValue("x", DataType.Float64, new Shape([2, 3]));
            test.Graph.Inputs.Add(x);
            test.Output(test.Node(type, "y", [x]));
            context.Apply(pass, test.Graph);
        }

        Assert.Contains("HardSwish, LeakyRelu are computed", Assert.Single(context.Findings).Message, StringComparison.Ordinal);
    }

    /// <summary>One that is taken apart needs constants.</summary>
    [Fact]
    public void Run_KeepsFloat64_NormalizationByWhatTheRunKnowsIsNarrowed()
    {
        var test = new PassTest();
        PassContext context = test.Context with { KeepsFloat64 = true };
        Value x = test.Graph.NewValue("x", DataType.Float64, new Shape([2, 3]));
        Value s = test.Graph.NewValue("s", DataType.Float64, new Shape([3]));
        test.Graph.Inputs.AddRange([x, s]);
        Value ones = test.Constant("ones", Tensor.FromDoubles(DataType.Float64, [1, 1, 1], 3));
        test.Output(test.Node("BatchNormalization", "y", [x, s, ones, ones, ones]));

        PortablePasses.Run(test.Graph, context);

        Assert.Contains(test.Graph.Nodes, n => n.Is("BatchNormalization") && n.Required(0).Type == DataType.Float32);
        Assert.Equal(DiagnosticCodes.ComputedInFloat32, Assert.Single(context.Findings).Code);
    }

    [Fact]
    public void Run_KeepsFloat64_ArithmeticStaysAsItIs()
    {
        var test = new PassTest();
        PassContext context = test.Context with { KeepsFloat64 = true };
        Value x = test.Graph.NewValue("x", DataType.Float64, new Shape([Dimension.Symbol("batch"), 3]));
        test.Graph.Inputs.Add(x);
        Value product = test.Node("MatMul", "p", [x, test.Constant("w", Tensor.FromDoubles(DataType.Float64, new double[9], 3, 3))]);
        test.Output(test.Node("Relu", "y", [test.Node("Exp", "e", [product])]));

        PortablePasses.Run(test.Graph, context);

        Assert.All(test.Graph.Values().Where(v => v.Type.IsFloat()), v => Assert.Equal(DataType.Float64, v.Type));
        Assert.Empty(context.Findings);
    }

    /// <summary>A double in an attribute decides a type as one in a constant does.</summary>
    [Fact]
    public void Run_DoubleInAnAttribute_IsNarrowedToo()
    {
        var test = new PassTest();
        Value x = test.Graph.NewValue("x", DataType.Float64, new Shape([Dimension.Symbol("batch"), 3]));
        test.Graph.Inputs.Add(x);
        Value fill = test.Node(
            "ConstantOfShape", "f", [test.Node("Shape", "s", [x])], ("value", Tensor.FromDoubles(DataType.Float64, [0.5], 1)));
        test.Output(test.Node("Add", "y", [x, fill]));

        PortablePasses.Run(test.Graph, test.Context);

        Assert.All(
            test.Graph.Nodes.Where(n => !n.Is("Cast")).SelectMany(n => n.Outputs).OfType<Value>().Where(v => v.Type.IsFloat()),
            v => Assert.Equal(DataType.Float32, v.Type));
        Assert.Equal([DataType.Float64, DataType.Float64], [test.Graph.Inputs[0].Type, test.Graph.Outputs[0].Type]);
    }

    [Fact]
    public void Run_DoubleConstantAsOutput_StaysExact()
    {
        var test = new PassTest();
        test.Output(test.Node("Cast", "y", [test.Constant("c", Tensor.Scalar(0.1f))], ("to", (long)DataType.Float64)));

        PortablePasses.Run(test.Graph, test.Context);

        Node copy = Assert.Single(test.Graph.Nodes);
        Assert.Equal([(double)0.1f], copy.Required(0).Constant!.ToDoubles());
        Assert.Equal(DataType.Float64, copy.Output.Type);
        Assert.Empty(test.Context.Findings);
    }
}
