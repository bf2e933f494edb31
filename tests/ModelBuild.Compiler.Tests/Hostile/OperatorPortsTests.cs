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

    /// <summary>The newest version that ONNX Runtime takes without saying that it is under development.</summary>
    private const long Newest = 22;

    /// <summary>It has inputs in threes, which no definition says.</summary>
    private static readonly string[] s_ofTheirOwn = ["QLinearConcat"];

    /// <summary>What ONNX tried out before it had versions: ONNX Runtime has its first form, or a form of its own, or none.</summary>
    private static readonly string[] s_triedOut =
    [
        "Affine", "Crop", "ImageScaler", "MeanVarianceNormalization", "ParametricSoftplus", "ScaledTanh", "ThresholdedRelu",
    ];

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
    [Theory]
    [MemberData(nameof(OperatorDomains))]
    public void Import_NumberOfInputs_IsRefusedWhereItIsBeyondTheDefinition(string domain)
    {
        var failures = new List<string>();
        int known = 0;
        foreach (string type in domain.Length == 0 ? OperatorRegistry.Names : OperatorRegistry.Contributed)
        {
            if ((Range(domain, type, 0) ?? Range(domain, type, 40)) is not var (least, most))
            {
                continue;
            }

            known++;
            foreach (int inputs in (int[])[least - 1, least, most, most + 1])
            {
                bool isDefined = inputs >= least && (inputs <= most || most < 0);
                string? refusal = inputs < 0 ? null : Refusal(Model(domain, type, inputs, 1, Opset));
                bool isOfNumber = refusal is not null && InputRefusal().IsMatch(refusal);
                if (inputs >= 0 && (isDefined ? isOfNumber && !s_ofTheirOwn.Contains(type) : refusal is null))
                {
                    failures.Add($"{type} takes {least} to {most} inputs, and of {inputs} is said: {refusal ?? "nothing"}");
                }
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.InRange(known, domain.Length == 0 ? 120 : 30, int.MaxValue);
    }

    /// <summary>Version by version of the operator set, ONNX Runtime says whether there is an operator.</summary>
    [Fact]
    public void Import_VersionOfAnOperator_IsKnownWhereOnnxHasIt()
    {
        var failures = new List<string>();
        int known = 0;
        foreach (string type in OperatorRegistry.Names.Except(s_triedOut, StringComparer.Ordinal))
        {
            for (long version = OperatorRegistry.OldestOpset; version <= Newest; version++)
            {
                bool isThere = OperatorRegistry.Find(string.Empty, type, version) is not null;
                string? refusal = RuntimeRefusal(Model(string.Empty, type, 0, 1, version));
                bool isUnknown = refusal is not null && UnknownOperator().IsMatch(refusal);
                known += isUnknown ? 0 : 1;
                if (isThere == isUnknown)
                {
                    failures.Add($"{type} in version {version}: {(isThere ? "there" : "not there")}, and ONNX Runtime says {refusal}");
                }
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.InRange(known, 1500, int.MaxValue);
    }

    private static string? Refusal(byte[] onnx)
    {
        try
        {
            OnnxImporter.Import(onnx, "model.onnx");
            return null;
        }
        catch (CompilationException e) when (e.Findings.Count > 0)
        {
            return string.Join(' ', e.Findings.Select(f => f.Message));
        }
    }

    private static string? RuntimeRefusal(byte[] onnx)
    {
        try
        {
            OrtSession.Run(onnx, new Dictionary<string, Tensor>());
            return null;
        }
        catch (OnnxRuntimeException e)
        {
            return e.Message;
        }
    }

    private static (int Least, int Most)? Range(string domain, string type, int inputs)
    {
        if (RuntimeRefusal(Model(domain, type, inputs, 1, Opset)) is not { } refusal
            || InputRange().Match(refusal) is not { Success: true } range)
        {
            // It says something else.
            return null;
        }

        // One that takes any number has no number that is one more.
        int most = int.Parse(range.Groups[2].Value, CultureInfo.InvariantCulture);
        return (int.Parse(range.Groups[1].Value, CultureInfo.InvariantCulture), most < 100 ? most : -2);
    }

    [GeneratedRegex(@"input size \d+ not in range \[min=(\d+), max=(\d+)\]")]
    private static partial Regex InputRange();

    [GeneratedRegex("lacks input|takes at most")]
    private static partial Regex InputRefusal();

    [GeneratedRegex("No Op registered for|is not a registered function/op")]
    private static partial Regex UnknownOperator();

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
