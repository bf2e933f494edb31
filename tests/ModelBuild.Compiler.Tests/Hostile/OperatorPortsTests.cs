using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Tests.Hostile;

/// <summary>Every operator with any number of inputs and outputs: it is imported or refused by name.</summary>
public sealed partial class OperatorPortsTests
{
    private const int Most = 8;

    private const long Opset = 20;

    public static TheoryData<string> OperatorDomains => [string.Empty, "com.microsoft"];

    [Theory]
    [MemberData(nameof(OperatorDomains))]
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

    /// <summary>ONNX Runtime says how many inputs an operator takes where it is given none, or far too many.</summary>
    [Fact]
    public void Import_InputsBeyondTheDefinition_AreRefused()
    {
        var failures = new List<string>();
        int known = 0;
        foreach (string type in OperatorRegistry.Names)
        {
            if ((Range(type, 0) ?? Range(type, 40)) is not var (least, most))
            {
                continue;
            }

            known++;
            foreach (int inputs in (int[])[least - 1, most + 1])
            {
                try
                {
                    if (inputs >= 0)
                    {
                        OnnxImporter.Import(Model(string.Empty, type, inputs, 1, Opset), "model.onnx");
                        failures.Add($"{type} takes {least} to {most} inputs, and is imported with {inputs}");
                    }
                }
                catch (CompilationException e) when (e.Findings.Count > 0)
                {
                    // As it should be.
                }
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.InRange(known, 120, int.MaxValue);
    }

    private static (int Least, int Most)? Range(string type, int inputs)
    {
        try
        {
            OrtSession.Run(Model(string.Empty, type, inputs, 1, Opset), new Dictionary<string, Tensor>());
        }
        catch (OnnxRuntimeException e) when (InputRange().Match(e.Message) is { Success: true } range)
        {
            // One that takes any number has no number that is one more.
            int most = int.Parse(range.Groups[2].Value, CultureInfo.InvariantCulture);
            return (int.Parse(range.Groups[1].Value, CultureInfo.InvariantCulture), most < 100 ? most : -2);
        }
        catch (OnnxRuntimeException)
        {
            // It says something else.
        }

        return null;
    }

    [GeneratedRegex(@"input size \d+ not in range \[min=(\d+), max=(\d+)\]")]
    private static partial Regex InputRange();

    private static byte[] Model(string domain, string type, int inputs, int outputs, long opset = 25)
    {
        OnnxGraph g = new OnnxGraph().Output("y");
        string[] names = [.. Enumerable.Range(0, inputs).Select(i => $"x{i}")];
        foreach (string name in names)
        {
            g.Input(name, 2, 3);
        }

        string[] made = [.. Enumerable.Range(0, outputs).Select(i => i == 0 ? "y" : $"y{i}")];
        return g.Node(domain, type, "node", names, made).ToModel(opset, 10, ("com.microsoft", 1));
    }
}
