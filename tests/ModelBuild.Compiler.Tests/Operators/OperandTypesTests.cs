using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;

namespace ModelBuild.Compiler.Tests.Operators;

/// <summary>Operands of types that ONNX does not allow together are refused by name.</summary>
public sealed class OperandTypesTests
{
    public static TheoryData<string> Pairs =>
    [
        "Add", "Sub", "Mul", "Div", "Mod", "Min", "Max", "Sum", "Mean", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And",
        "Or", "Xor", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "MatMul", "Concat", "PRelu", "Gemm",
    ];

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Import_OperandsOfTwoTypes_IsRefused(string type)
    {
        bool isLogical = type is "And" or "Or" or "Xor";
        bool isBits = type.StartsWith("Bitwise", StringComparison.Ordinal);
        DataType right = isLogical ? DataType.Bool : isBits ? DataType.Int32 : DataType.Float32;
        Assert.Single(OnnxImporter.Import(Model(type, right, right), "model.onnx").Outputs);

        foreach (DataType other in (DataType[])[DataType.Int64, DataType.Float64, DataType.UInt8, DataType.Int8])
        {
            foreach ((DataType first, DataType second) in (ReadOnlySpan<(DataType, DataType)>)[(right, other), (other, right)])
            {
                var e = Assert.Throws<CompilationException>(() => OnnxImporter.Import(Model(type, first, second), "model.onnx"));
                Assert.StartsWith("MODELB1", e.Findings[0].Code, StringComparison.Ordinal);
            }
        }
    }

    private static byte[] Model(string type, DataType first, DataType second) => new OnnxGraph().Input("x", first, 3, 3)
        .Input("z", second, 3, 3).Output("y", DataType.Undefined, 3, 3)
        .Node(type, ["x", "z"], ["y"], type == "Concat" ? [("axis", 0L)] : []).ToModel(18);
}
