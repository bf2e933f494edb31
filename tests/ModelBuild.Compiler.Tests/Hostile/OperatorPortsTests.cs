using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Tests.Hostile;

/// <summary>Every operator with any number of inputs and outputs: it is imported or refused by name.</summary>
public sealed class OperatorPortsTests
{
    private const int Most = 8;

    public static TheoryData<string> Domains => [string.Empty, "com.microsoft"];

    [Theory]
    [MemberData(nameof(Domains))]
    public void Import_AnyNumberOfPorts_IsImportedOrRefused(string domain)
    {
        var failures = new List<string>();
        foreach (string type in domain.Length == 0 ? OperatorRegistry.Names : OperatorRegistry.Contributed)
        {
            for (int inputs = 0; inputs <= Most; inputs++)
            {
                foreach (int outputs in (int[])[0, 1, 4])
                {
                    try
                    {
                        OnnxImporter.Import(Model(domain, type, inputs, outputs), "model.onnx");
                    }
                    catch (CompilationException e) when (e.Findings.Count > 0)
                    {
                        // By name.
                    }
                    catch (Exception e) when (e is not OutOfMemoryException)
                    {
                        failures.Add($"{domain}.{type} of {inputs} inputs and {outputs} outputs: {e.GetType().Name}: {e.Message}");
                    }
                }
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures.Take(40)));
    }

    private static byte[] Model(string domain, string type, int inputs, int outputs)
    {
        OnnxGraph g = new OnnxGraph().Output("y");
        string[] names = [.. Enumerable.Range(0, inputs).Select(i => $"x{i}")];
        foreach (string name in names)
        {
            g.Input(name, 2, 3);
        }

        string[] made = [.. Enumerable.Range(0, outputs).Select(i => i == 0 ? "y" : $"y{i}")];
        return g.Node(domain, type, "node", names, made).ToModel(25, 10, ("com.microsoft", 1));
    }
}
