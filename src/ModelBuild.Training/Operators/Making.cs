using ModelBuild.Compiler.Graphs;
using ModelBuild.Training.Networks;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>Tensors of sizes, and such as are made of sizes.</summary>
internal static class Making
{
    public static IEnumerable<(string Type, Func<NodeCall, Tensor> Translate)> All =>
    [
        ("Shape", Shape),
        ("Size", call => torch.tensor(call[0].numel(), torch.ScalarType.Int64)),
        ("ConstantOfShape", ConstantOfShape),
        ("Range", call => torch.arange(Number(call[0]), Number(call[1]), Number(call[2]), call[0].dtype)),
        ("NonZero", call => call[0].nonzero().t()),
    ];

    private static Tensor Shape(NodeCall call)
    {
        long[] shape = call[0].shape;
        int start = Bound(call.Node.Int("start"));
        int end = Bound(call.Node.Int("end", shape.Length));
        return torch.tensor(start < end ? shape[start..end] : [], torch.ScalarType.Int64);

        int Bound(long place) => (int)Math.Clamp(NodeCall.Axis(place, shape.Length), 0, shape.Length);
    }

    private static Tensor ConstantOfShape(NodeCall call)
    {
        long[] shape = call.Numbers(0)!;
        return call.Node.Attributes.TryGetValue("value", out AttributeValue? value)
            ? TorchTensors.ToTorch(value.Tensor).reshape(1).expand(shape).clone()
            : torch.zeros(shape, torch.ScalarType.Float32);
    }

    private static Scalar Number(Tensor tensor) => tensor.detach().reshape(1).ToScalar();
}
