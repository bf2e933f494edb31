using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Passes;

/// <summary>FoldConstants, RemoveNoOps, CanonicalizeReshape, MergeTransposes.</summary>
public sealed class StructurePassesTests
{
    [Fact]
    public void RemoveNoOps_EveryKind_LeavesTheOneThatActs()
    {
        var test = new PassTest();
        Value x = test.Input("x", 2, 3, 4);
        Value y = test.Node("Identity", "identity", [x]);
        y = test.Node("Identity", "again", [y]);
        y = test.Node("Cast", "cast", [y], ("to", 1L));
        y = test.Node("Reshape", "reshape", [y, test.Integers("s", 2, 3, 4)]);
        y = test.Node("Transpose", "transpose", [y], ("perm", new long[] { 0, 1, 2 }));
        y = test.Node("Pad", "pad", [y, test.Integers("p", 0, 0, 0, 0, 0, 0)]);
        y = test.Node("Slice", "slice", [y, test.Integers("from", 0), test.Integers("to", long.MaxValue)]);
        y = test.Node("Concat", "concat", [y], ("axis", 1L));
        y = test.Node("Mul", "mul", [test.Constant("one", 1), y]);
        y = test.Node("Add", "add", [y, test.Constant("zero", Tensor.Of(new float[12], 3, 4))]);
        y = test.Node("Sub", "sub", [y, test.Constant("nothing", 0)]);
        y = test.Node("Div", "div", [y, test.Constant("unit", 1)]);
        y = test.Node("Clip", "clip", [y]);
        test.Output(test.Node("Relu", "relu", [y]));

        test.RunAndCompare(new RemoveNoOps());

        Assert.Equal("Relu", test.Operators);
        Assert.Same(x, test.Graph.Nodes[0].Required(0));
    }

    [Fact]
    public void RemoveNoOps_LooksLikeOneButActs_Stays()
    {
        var test = new PassTest();
        Value x = test.Input("x", 4, 4);
        Value y = test.Node("Transpose", "transpose", [x], ("perm", new long[] { 1, 0 }));
        y = test.Node("Pad", "pad", [y, test.Integers("p", 1, 0, -1, 0)]);
        y = test.Node("Slice", "slice",
            [y, test.Integers("from", -1), test.Integers("to", -9), test.Integers("axes", 0), test.Integers("steps", -1)]);
        y = test.Node("Sub", "sub", [test.Constant("zero", 0), y]);
        test.Output(test.Node("Div", "div", [test.Constant("one", 1), y]));

        PassRunner.Run([new RemoveNoOps()], test.Graph, test.Context);

        Assert.Equal("Transpose Pad Slice Sub Div", test.Operators);
    }

    /// <summary>There and back is nothing where every number of the type is one of the other; else it rounds, or loses its sign.</summary>
    [Fact]
    public void RemoveNoOps_ConversionThereAndBack_IsRemovedOnlyWhereNothingIsLost()
    {
        // Bits of the significand and of the exponent.
        Dictionary<DataType, (int Precision, int Range)> types = new()
        {
            [DataType.Float16] = (11, 5), [DataType.BFloat16] = (8, 8), [DataType.Float32] = (24, 8), [DataType.Float64] = (53, 11),
            [DataType.Int32] = (31, 0), [DataType.UInt8] = (8, 0), [DataType.Bool] = (1, 0),
        };
        foreach ((DataType type, (int precision, int range)) in types)
        {
            foreach ((DataType other, (int otherPrecision, int otherRange)) in types.Where(o => o.Key != type))
            {
                var test = new PassTest();
                Value x = test.Input("x", 2, 2);
                x.Type = type;
                Value there = test.Node("Cast", "there", [x], ("to", (long)other));
                test.Output(test.Node("Transpose", "y", [test.Node("Cast", "back", [there], ("to", (long)type))]));

                PassRunner.Run([new RemoveNoOps()], test.Graph, test.Context);

                bool isRemoved = test.Graph.Outputs[0].Producer!.Required(0) == x;
                Assert.True(!isRemoved || (otherPrecision >= precision && otherRange >= range), $"{type} to {other} and back");
            }
        }
    }

    [Fact]
    public void RemoveNoOps_ConversionBackFromAWiderType_TakesTheValueItself()
    {
        var test = new PassTest();
        Value x = test.Input("x", 2, 2);
        x.Type = DataType.Float16;
        Value wide = test.Node("Cast", "wide", [x], ("to", (long)DataType.Float32));
        Value narrow = test.Node("Cast", "narrow", [wide], ("to", (long)DataType.Float16));
        Value other = test.Node("Cast", "other", [wide], ("to", (long)DataType.BFloat16));
        test.Output(
            test.Node("Transpose", "y", [narrow]),
            test.Node("Cast", "z", [other], ("to", (long)DataType.Float16)));

        PassRunner.Run([new RemoveNoOps()], test.Graph, test.Context);

        Assert.Same(x, test.Graph.Outputs[0].Producer!.Required(0));
        Assert.Equal("Cast Cast Cast Transpose", string.Join(' ', test.Graph.Nodes.Select(n => n.Type).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void RemoveNoOps_CopiesInputToOutput_Stays()
    {
        var test = new PassTest();
        test.Output(test.Node("Identity", "y", [test.Input("x", 4)]));

        test.RunAndCompare(new RemoveNoOps());

        Assert.Equal("Identity", test.Operators);
    }

    [Fact]
    public void RemoveNoOps_BeforeOutput_OutputKeepsItsName()
    {
        var test = new PassTest();
        test.Output(test.Node("Identity", "y", [test.Node("Relu", "relu", [test.Input("x", 4)])]));

        test.RunAndCompare(new RemoveNoOps());

        Assert.Equal("Relu", test.Operators);
        Assert.Equal("y", test.Graph.Nodes[0].Output.Name);
    }

    [Fact]
    public void FoldConstants_ShapeArithmeticOverKnownDimensions_LeavesTheReshape()
    {
        var test = new PassTest();
        Value x = test.Input("x", "batch", 3, 4, 5);
        Value shape = test.Node("Shape", "shape", [x]);
        Value batch = test.Node("Gather", "gather", [shape, test.Integers("zero", 0)]);
        Value rest = test.Node("ReduceProd", "prod",
            [test.Node("Slice", "slice", [shape, test.Integers("one", 1), test.Integers("end", 4)])]);
        test.Output(test.Node("Reshape", "y", [x, test.Node("Concat", "concat", [batch, rest], ("axis", 0L))]));
        Assert.Equal("[batch,60]", test.Graph.Outputs[0].Shape!.ToString());

        test.RunAndCompare(PortablePasses.All, symbols: ("batch", 2));

        Assert.Equal("Reshape", test.Operators);
        Assert.Equal([0, 60], test.Graph.Nodes[0].Required(1).Constant!.ToInt64s());
    }

    [Fact]
    public void FoldConstants_DequantizedConstant_StaysAndWhatIsBeforeFolds()
    {
        var test = new PassTest();
        Value clipped = test.Node("Clip", "clip",
            [test.Constant("w", Tensor.Of((sbyte[])[-128, 5], 2)), test.Constant("low", Tensor.Of((sbyte[])[-127], [])), null]);
        Value real = test.Node("DequantizeLinear", "dq", [clipped, test.Constant("s", 0.5f)]);
        test.Output(test.Node("Mul", "y", [test.Input("x", 2), real]));

        test.RunAndCompare(PortablePasses.All);

        Assert.Equal("DequantizeLinear Mul", test.Operators);
        Assert.Equal([-127, 5], test.Graph.Nodes[0].Required(0).Constant!.ToInt64s());
    }

    [Fact]
    public void FoldConstants_OutputOfTheModel_IsCopiedFromAConstant()
    {
        var test = new PassTest();
        test.Input("x", 2);
        test.Output(test.Node("Neg", "y", [test.Constant("c", 1, 2)]));

        test.RunAndCompare(new FoldConstants());

        Assert.Equal("Identity", test.Operators);
    }

    /// <summary>Who reads an output that is constant reads the constant, and is folded in turn.</summary>
    [Fact]
    public void FoldConstants_OutputOfTheModelThatOthersRead_IsFoldedFurther()
    {
        var test = new PassTest();
        Value y = test.Node("Neg", "y", [test.Constant("c", 1, 2)]);
        test.Output(y, test.Node("Add", "z", [test.Input("x", 2), test.Node("Abs", "absolute", [y])]));

        test.RunAndCompare(new FoldConstants());

        Assert.Equal("Identity Add", string.Join(' ', test.Graph.Nodes.Select(n => n.Type).OrderDescending(StringComparer.Ordinal)));
    }

    [Fact]
    public void FoldConstants_ResultBeyondTheBudget_IsNotComputed()
    {
        var test = new PassTest();
        Value huge = test.Node("ConstantOfShape", "huge", [test.Integers("shape", 1 << 15, 1 << 15)]);
        test.Output(test.Node("Add", "y", [test.Input("x", 1), huge]));

        PortablePasses.Run(test.Graph, test.Context);

        Assert.Contains(test.Graph.Nodes, n => n.Is("ConstantOfShape"));
    }

    [Fact]
    public void CanonicalizeReshape_ChainOfViews_BecomesOneReshape()
    {
        var test = new PassTest();
        Value x = test.Input("x", "batch", 6, 1, 2);
        Value y = test.Node("Squeeze", "squeeze", [x, test.Integers("axes", 2)]);
        y = test.Node("Flatten", "flatten", [y]);
        y = test.Node("Unsqueeze", "unsqueeze", [y, test.Integers("more", 0, 3)]);
        test.Output(test.Node("Reshape", "y", [y, test.Integers("shape", -1, 4, 3)]));

        test.RunAndCompare(new CanonicalizeReshape(), ("batch", 2));

        Assert.Equal("Reshape", test.Operators);
        Assert.Equal([0, 4, 3], test.Graph.Nodes[0].Required(1).Constant!.ToInt64s());
    }

    [Fact]
    public void CanonicalizeReshape_TwoDimensionsThatMove_StaysAsItIs()
    {
        var test = new PassTest();
        test.Output(test.Node("Unsqueeze", "y", [test.Input("x", "height", "width"), test.Integers("axes", 0)]));

        test.RunAndCompare([new CanonicalizeReshape()], symbols: [("height", 2), ("width", 3)]);

        Assert.Equal("Unsqueeze", test.Operators);
    }

    [Fact]
    public void MergeTransposes_OneUndoesTheOther_BothGo()
    {
        var test = new PassTest();
        Value y = test.Node("Transpose", "there", [test.Input("x", 2, 3, 4, 5)], ("perm", new long[] { 0, 2, 3, 1 }));
        y = test.Node("Transpose", "back", [y], ("perm", new long[] { 0, 3, 1, 2 }));
        test.Output(test.Node("Relu", "relu", [y]));

        test.RunAndCompare([new MergeTransposes(), new RemoveNoOps()]);

        Assert.Equal("Relu", test.Operators);
    }

    [Fact]
    public void MergeTransposes_ThatDoNotCancel_BecomeOne()
    {
        var test = new PassTest();
        Value y = test.Node("Transpose", "first", [test.Input("x", 2, 3, 4)], ("perm", new long[] { 1, 2, 0 }));
        test.Output(test.Node("Transpose", "second", [y], ("perm", new long[] { 0, 2, 1 })));

        test.RunAndCompare(new MergeTransposes());

        Assert.Equal("Transpose", test.Operators);
    }

    /// <summary>States of zeros are what a recurrent layer begins with by itself; others are not.</summary>
    [Theory]
    [InlineData(0f)]
    [InlineData(0.5f)]
    public void DropZeroStates_StatesAsManyAsSamples_GoWhereTheyAreZero(float value)
    {
        var test = new PassTest();
        Value shape = test.Node("Shape", "shape", [test.Input("z", 1, "N", 4)]);
        Value state = test.Node("ConstantOfShape", "state", [shape], ("value", Tensor.Of([value], 1)));
        test.Output(test.Node(
            "RNN", "rnn", [test.Input("x", 3, "N", 2), test.Random("w", 1, 4, 2), test.Random("r", 1, 4, 4), null, null, state],
            ("hidden_size", 4L)));

        test.RunAndCompare(new DropZeroStates(), ("N", 2));

        Assert.Equal(value == 0, test.Graph.Nodes.Single(n => n.Is("RNN")).Input(5) is null);
    }

    /// <summary>What a network has learned to begin with is repeated for each sample, as zeros are.</summary>
    [Theory]
    [InlineData(0f)]
    [InlineData(0.5f)]
    public void DropZeroStates_StatesRepeatedForEachSample_GoWhereTheyAreZero(float value)
    {
        var test = new PassTest();
        Value shape = test.Node("Shape", "shape", [test.Input("z", 1, "N", 4)]);
        Value state = test.Node("Expand", "state", [test.Constant("one", Tensor.Of([value, value, value, value], 1, 1, 4)), shape]);
        test.Output(test.Node(
            "RNN", "rnn", [test.Input("x", 3, "N", 2), test.Random("w", 1, 4, 2), test.Random("r", 1, 4, 4), null, null, state],
            ("hidden_size", 4L)));

        test.RunAndCompare(new DropZeroStates(), ("N", 2));

        Assert.Equal(value == 0, test.Graph.Nodes.Single(n => n.Is("RNN")).Input(5) is null);
    }
}
