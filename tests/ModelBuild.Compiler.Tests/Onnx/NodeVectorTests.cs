using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Onnx.Messages;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Onnx;

/// <summary>
/// ONNX's own test cases for single operators (tests/assets/vectors, a selection of ONNX 1.23's backend tests, Apache-2.0): import,
/// upgrade, inference and evaluation against the outputs that the standard's reference implementation made.
/// </summary>
public sealed class NodeVectorTests
{
    public static TheoryData<string> Cases => [.. NodeVectors.Cases.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Evaluate_OnnxTestCase_GivesItsOutputs(string name)
    {
        Dictionary<string, byte[]> files = NodeVectors.Cases[name];
        (double relative, double absolute) = BackendFiles.ReadTolerance(files["tolerance.txt"]);
        foreach (string set in NodeVectors.Sets(name))
        {
            ModelMessage model = ModelMessage.Read(files["model.onnx"]);
            Graph graph = GraphBuilder.Build(
                model.Graph!, new ExternalData("model.onnx"), new SymbolTable(new Dictionary<string, DimensionRange>()));
            for (int i = 0; i < graph.Inputs.Count; i++)
            {
                ReferenceEvaluator.Fix(graph.Inputs[i], BackendFiles.ReadTensor(files[$"{set}/input_{i}.pb"]));
            }

            long opset = model.Opsets[Domains.Onnx];
            var context = new InferenceContext("model.onnx", opset);
            foreach (Node node in graph.Nodes.ToArray().SelectMany(n => OpsetUpgrade.Apply(graph, n, opset, context)))
            {
                ReferenceEvaluator.Evaluate(node, context);
            }

            for (int i = 0; i < graph.Outputs.Count; i++)
            {
                TensorAssert.Close(
                    BackendFiles.ReadTensor(files[$"{set}/output_{i}.pb"]), graph.Outputs[i].Constant!, relative, absolute);
            }
        }
    }
}
