using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ModelBuild.Generator.Emit;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Tests;

/// <summary>Whatever generated code declares may be what a model calls its inputs, its outputs or their dimensions.</summary>
public sealed partial class ClashingNamesTests
{
    /// <summary>
    /// Plans whose code declares most: sizes that data decides, in loops (Decoder) and in another engine (Ranker), and dimensions that
    /// are parameters (Encoder).
    /// </summary>
    [Theory]
    [InlineData("Decoder")]
    [InlineData("Ranker")]
    [InlineData("Encoder")]
    public void Compile_NamesThatTheCodeDeclares_GivesNoWarning(string name)
    {
        string text = TestPlans.Text(name);
        ExecutionPlan plan = PlanReader.Read(text);
        string[] declared = Declared(ModelEmitter.Emit(plan, "1.2.3.4"));

        // All inputs and symbols at once, beside outputs that stay; then the other way round.
        for (int first = 0; first < declared.Length; first++)
        {
            string[] names = [.. declared[first..], .. declared[..first]];
            ExecutionPlan others = PlanReader.Read(WithSymbols(text, [.. plan.Symbols, .. plan.BoundSymbols], names));
            Check(others with { Inputs = Renamed(plan.Inputs, names, plan.Outputs) });
            Check(plan with { Outputs = Renamed(plan.Outputs, names, plan.Inputs) });
        }
    }

    /// <summary>Parameters are what callers name; the code's own variables give way.</summary>
    [Theory]
    [InlineData("context")]
    [InlineData("arena")]
    [InlineData("most")]
    [InlineData("start")]
    [InlineData("count")]
    public void Emit_InputNamedLikeAVariable_KeepsItsName(string name)
    {
        ExecutionPlan plan = PlanReader.Read(TestPlans.Text("LeNet"));

        string code = ModelEmitter.Emit(plan with { Inputs = Renamed(plan.Inputs, [name], plan.Outputs) }, "1.2.3.4");

        Assert.Contains($"ReadOnlySpan<float> {name},", code, StringComparison.Ordinal);
        Check(plan with { Inputs = Renamed(plan.Inputs, [name], plan.Outputs) });
    }

    private static void Check(ExecutionPlan plan)
    {
        string code = ModelEmitter.Emit(plan, "1.2.3.4");
        Diagnostic[] said = [.. Compilations.Create(code).GetDiagnostics().Where(d => d.Severity > DiagnosticSeverity.Hidden)];
        Assert.True(said.Length == 0, $"{string.Join('\n', said)}\n{code}");
    }

    /// <summary>The names of variables, parameters and members, with those that are made of the names of ports.</summary>
    private static string[] Declared(string code)
    {
        SyntaxNode root = CSharpSyntaxTree.ParseText(code, Compilations.ParseOptions).GetRoot();
        IEnumerable<string> names = root.DescendantNodes().Select(n => n switch
        {
            VariableDeclaratorSyntax variable => variable.Identifier,
            SingleVariableDesignationSyntax variable => variable.Identifier,
            ParameterSyntax parameter => parameter.Identifier,
            MethodDeclarationSyntax method => method.Identifier,
            PropertyDeclarationSyntax property => property.Identifier,
            BaseTypeDeclarationSyntax type => type.Identifier,
            _ => default,
        }).Select(t => t.ValueText);

        // What an argument of a plan may be beside a size would be read as that.
        return
        [
            .. names.Where(n => CSharpIdentifier.IsName(n) && !PlanReader.IsOtherThanDimension(n))
                .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
        ];
    }

    private static EquatableArray<PlanPort> Renamed(
        EquatableArray<PlanPort> ports, IEnumerable<string> names, EquatableArray<PlanPort> others) => new(
        ports.Zip(names.Except(others.Select(p => p.Identifier)), (port, name) => port with { Identifier = name }));

    /// <summary>A plan whose symbols are called otherwise, wherever they stand.</summary>
    private static string WithSymbols(string plan, string[] symbols, string[] names) => Word().Replace(
        plan, word => Array.IndexOf(symbols, word.Value) is >= 0 and int i ? names[i] : word.Value);

    /// <summary>A name that is no parameter's, outside of quotes; what stands in them is taken as a whole.</summary>
    [GeneratedRegex("\"[^\"]*\"|(?<![\\w.]|^  )[A-Za-z_]\\w*(?![\\w.<(=])", RegexOptions.Multiline)]
    private static partial Regex Word();
}
