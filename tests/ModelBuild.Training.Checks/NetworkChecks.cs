using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Training.Networks;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Checks;

/// <summary>Whole networks: outputs beside those of ONNX Runtime, gradients beside differences.</summary>
internal static class NetworkChecks
{
    /// <summary>All but the one that ends in NonMaxSuppression: whoever trains it ends the model before that.</summary>
    public static IEnumerable<string> Architectures => NetworkArchitecture.All.Select(a => a.Name).Where(n => n != "YOLO");

    [Check(nameof(Architectures))]
    public static void Network_OfKnownArchitecture_EqualsOnnxRuntimeAndHasGradients(string name)
    {
        NetworkArchitecture architecture = NetworkArchitecture.All.First(a => a.Name == name);
        NetworkFile file = architecture.Reduced();
        Dictionary<string, long> sizes = NetworkArchitecture.Sizes(architecture.ReducedSizes[^1]);
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, Compiler.Graphs.Tensor> inputs = file.Inputs(sizes);
        Dictionary<string, Compiler.Graphs.Tensor> expected = OrtSession.Run(file.Onnx, inputs);
        Graph graph = OnnxImporter.Import(file.Onnx, name + ".onnx");
        Dictionary<string, Tensor> given = inputs.ToDictionary(i => i.Key, i => TorchTensors.ToTorch(i.Value));
        using (var network = new Network(graph))
        {
            foreach ((Value output, Tensor actual) in network.Run(given, isTraining: false))
            {
                float[] wanted = expected[output.Name].ToFloats();
                float[] got = TorchTensors.ToCompiler(actual).ToFloats();
                Assert.Equal(expected[output.Name].Dimensions, actual.shape);
                float scale = wanted.Max(Math.Abs);
                Assert.True(
                    wanted.Zip(got).All(p => Math.Abs(p.First - p.Second) <= 1e-4f * Math.Max(1, scale)),
                    $"{output.Name} differs by {wanted.Zip(got).Max(p => Math.Abs(p.First - p.Second))} at a scale of {scale}");
            }
        }

        // A pool or clamp that is just about to switch makes differences inexact.
        GradientChecks.Check(graph, given, tolerance: 1e-3);
    }
}
