using System.Security.Cryptography;
using System.Text;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Tests.Execution;

/// <summary>All that the compiler writes for some networks, as a hash for each.</summary>
internal static class PlanHashes
{
    public const string Command = "plan-hashes";

    private static readonly string[] s_samples = ["lenet", "resnet"];

    /// <summary>Compiles networks of every kind in every mode, and two of the sample that are trained.</summary>
    /// <param name="atOnce">How many are compiled at the same time.</param>
    /// <param name="without">One of the sample that is left out.</param>
    public static string[] Make(int atOnce = 1, string without = "")
    {
        (string Name, ModelMode Mode, Func<CompiledModel> Compile)[] jobs =
        [
            .. from name in Networks.Names
               from mode in Modes.All
               select (name, mode, (Func<CompiledModel>)(() => CompileNetwork(name, mode))),
            .. from name in s_samples.Where(s => s != without)
               from mode in Modes.All
               select (name, mode, (Func<CompiledModel>)(() => CompileSample(name, mode))),
        ];
        var hashes = new string[jobs.Length];
        Parallel.For(0, jobs.Length, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, i =>
        {
            using CompiledModel model = jobs[i].Compile();
            hashes[i] = $"{jobs[i].Name} {jobs[i].Mode} {Hash(model)}";
        });
        return hashes;
    }

    private static CompiledModel CompileNetwork(string name, ModelMode mode)
    {
        Graph graph = Networks.Make(name);
        return CompiledFile.Of(graph, mode, mode.QuantizesBySamples() ? [TestGraph.Inputs(graph, batch: 9, seed: 3)] : []);
    }

    private static CompiledModel CompileSample(string name, ModelMode mode) => ModelCompiler.CompileModel(CompiledFile.Options(
        Repository.Sample("models", $"{name}.onnx"), mode,
        mode.QuantizesBySamples() ? [SampleImages.Few] : []));

    private static string Hash(CompiledModel model)
    {
        using var written = new MemoryStream();
        written.Write(Encoding.UTF8.GetBytes(PlanWriter.Write(model.Compiled.Plan)));
        model.Compiled.Weights.WriteTo(written);
        written.Write(OnnxExporter.Export(model.Portable));
        written.Write(Encoding.UTF8.GetBytes(string.Join('\n', model.Findings.Select(f => f.Message))));
        return Convert.ToHexStringLower(SHA256.HashData(written.ToArray()));
    }
}
