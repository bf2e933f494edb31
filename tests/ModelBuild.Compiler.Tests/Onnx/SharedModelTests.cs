using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Onnx;

/// <summary>Whole models of many exporters and quantizers, where the shared folder is there.</summary>
public sealed class SharedModelTests
{
    public static TheoryData<string> Models => [.. SharedData.Models.DefaultIfEmpty(string.Empty)];

    [Theory]
    [MemberData(nameof(Models))]
    public void Import_SharedModel_SucceedsOrListsWhatIsNotSupported(string model)
    {
        if (SharedData.Path(model) is not { } path)
        {
            return;
        }

        try
        {
            Graph graph = OnnxImporter.Import(path);
            PortablePasses.Run(graph, new PassContext(new InferenceContext(path, graph.Opset), [], CancellationToken.None));
            Assert.All(graph.Values(), v => Assert.NotNull(v.Shape));
        }
        catch (CompilationException e)
        {
            Assert.All(e.Findings, f => Assert.Contains(f.Code, (string[])[DiagnosticCodes.UnsupportedOperator, DiagnosticCodes.UnsupportedFeature]));
        }
    }
}
