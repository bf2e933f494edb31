using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Planning;

public sealed class MovementStepsTests
{
    /// <summary>Every type of the run, by name because xunit shows it.</summary>
    public static TheoryData<string> Types =>
    [
        "Float32", "Float64", "Float16", "UInt8", "Int8", "UInt16", "Int16", "UInt32", "Int32", "UInt64", "Int64", "Bool",
    ];

    [Theory]
    [MemberData(nameof(Types))]
    public void Transpose_AnyType_MovesElements(string type)
    {
        PassTest test = Input(type, out Value x, 2, 3, 4);
        test.Output(test.Node("Transpose", "y", [x], ("perm", new long[] { 2, 0, 1 })));
        Compare(test);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Concat_AnyType_JoinsElements(string type)
    {
        PassTest test = Input(type, out Value x, 2, 3, 4);
        Value constant = test.Constant("c", Numbers(x.Type, 8, 2, 1, 4));
        test.Output(test.Node("Concat", "y", [x, constant, x], ("axis", 1L)));
        Compare(test);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Slice_AnyType_TakesElements(string type)
    {
        PassTest test = Input(type, out Value x, 2, 5, 4);
        test.Output(test.Node(
            "Slice", "y",
            [x, test.Integers("starts", -1, 1), test.Integers("ends", -100, 4), test.Integers("axes", 1, 2),
            test.Integers("steps", -2, 1)]));
        Compare(test);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Pad_AnyTypeWithConstantValue_FillsWithIt(string type)
    {
        PassTest test = Input(type, out Value x, 2, 3, 4);
        Value value = test.Constant("value", Numbers(x.Type, 1));
        test.Output(test.Node("Pad", "y", [x, test.Integers("pads", 0, 1, -1, 1, 0, 2), value]));
        Compare(test);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Pad_AnyTypeWithoutValue_FillsWithZero(string type)
    {
        PassTest test = Input(type, out Value x, 2, 3, 4);
        test.Output(test.Node("Pad", "y", [x, test.Integers("pads", 0, 1, 0, 1, 0, 2)]));
        Compare(test);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Pad_AnyTypeWithValueOfTheRun_FillsWithIt(string type)
    {
        PassTest test = Input(type, out Value x, 2, 3, 4);
        Value value = test.Input("value", 1);
        value.Type = x.Type;
        test.Output(test.Node("Pad", "y", [x, test.Integers("pads", 0, 1, 0, 1, 0, 2), value]));
        Compare(test);
    }

    [Fact]
    public void Pad_WithAxes_PadsThose()
    {
        PassTest test = Input("Float32", out Value x, 2, 3, 4);
        Value value = test.Constant("value", 7f);
        test.Output(test.Node("Pad", "y", [x, test.Integers("pads", 1, 0, 2, -1), value, test.Integers("axes", -1, 0)]));
        Compare(test);
    }

    [Fact]
    public void Movements_WithAFreeDimension_FollowTheRun()
    {
        var test = new PassTest();
        Value x = test.Input("x", "batch", 3, 4);
        x.Type = DataType.Int64;
        Value y = test.Node("Pad", "padded", [x, test.Integers("pads", 1, 0, 0, 0, 1, 0)]);
        test.Output(test.Node("Transpose", "y", [test.Node("Concat", "joined", [y, y], ("axis", 0L))], ("perm", new long[] { 1, 0, 2 })));
        StepTest.Compare(test.Graph, new Dictionary<string, Tensor> { ["x"] = Numbers(DataType.Int64, 60, 5, 3, 4) });
    }

    private static PassTest Input(string type, out Value x, params object[] shape)
    {
        var test = new PassTest();
        x = test.Input("x", shape);
        x.Type = Enum.Parse<DataType>(type);
        return test;
    }

    private static void Compare(PassTest test) => StepTest.Compare(
        test.Graph,
        test.Graph.Inputs.ToDictionary(i => i.Name, i => Numbers(i.Type, (int)i.KnownShape.Length.Value, i.KnownShape.ToConstant())));

    /// <summary>Numbers that are all different where the type has so many.</summary>
    private static Tensor Numbers(DataType type, int count, params long[] dimensions)
    {
        long[] shape = dimensions.Length == 0 ? [count] : dimensions;
        return type == DataType.Bool
            ? Tensor.From<byte>(type, [.. Enumerable.Range(0, count).Select(i => (byte)(i % 3 & 1))], shape)
            : Tensor.FromInt64s(type, [.. Enumerable.Range(1, count)], shape);
    }
}
