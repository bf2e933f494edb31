using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Tests.Operators;

/// <summary>
/// <c>docs/operators.md</c> says what the code says. With <c>MODELBUILD_UPDATE_SNAPSHOTS=1</c> in the environment the table is written
/// anew.
/// </summary>
public sealed class OperatorsPageTests
{
    private const string Begin = "<!-- table -->";

    private const string ContributedPage = "https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md";

    [Fact]
    public void OperatorsPage_Table_IsThatOfTheRegistry()
    {
        string path = Path.Combine(Repository.Root, "docs", "operators.md");
        string page = File.ReadAllText(path);
        string head = page[..(page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)];
        string rows = string.Join('\n', OperatorRegistry.All.Select(Row).Concat(OperatorRegistry.Contributed.Select(ContributedRow)));
        string expected = $"{head}\n\n| operator | since | at run time |\n|---|---|---|\n{rows}\n";
        if (Environment.GetEnvironmentVariable("MODELBUILD_UPDATE_SNAPSHOTS") == "1")
        {
            File.WriteAllText(path, expected);
            return;
        }

        Assert.Equal(expected, page);
    }

    private static string Row((string Type, long Since, Operator Operator) entry)
    {
        long since = Math.Max(entry.Since, OperatorRegistry.OldestOpset);
        string page = $"https://onnx.ai/onnx/operators/onnx__{entry.Type}.html";
        return $"| [{entry.Type}]({page}) | {since} | {How(entry.Type, entry.Operator)} |";
    }

    private static string ContributedRow(string type)
    {
        string how = How(type, OperatorRegistry.Find(Domains.Microsoft, type)!, Domains.Microsoft);
        return $"| [{Domains.Microsoft}.{type}]({ContributedPage}#{Domains.Microsoft}.{type}) | 1 | {how} |";
    }

    private static string How(string type, Operator definition, string domain = Domains.Onnx)
    {
        OperatorTraits traits = new Node(domain, type, type, [], []).Traits();
        return definition is Composite or SequenceOperator ? "as a combination of others"
            : traits.Types.Count > 0 ? Types(traits.Types)
            : type is "Conv" or "Gemm" ? "float32, uint8"
            : type is "MatMulInteger" or "ConvInteger" ? "uint8, int8"
            : "float32";
    }

    private static string Types(IReadOnlyList<DataType> types) => types.Count switch
    {
        12 => "all types",
        11 => "all numbers",
        8 => "all integers",
        _ => string.Join(", ", types.Select(t => t.ToString().ToLowerInvariant())),
    };
}
