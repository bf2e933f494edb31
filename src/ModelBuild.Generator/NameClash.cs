using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ModelBuild.Plan;

namespace ModelBuild.Generator;

/// <summary>A plan, and the type of the project that has its name.</summary>
/// <param name="File">The plan.</param>
/// <param name="Taken">
/// What the project declares under the name, as a sentence has it, with its place: <c>a struct (Program.cs)</c>. Null where nothing stands
/// in the way: a partial class is one with the generated.
/// </param>
internal sealed record NameClash(PlanFile File, string? Taken)
{
    public static NameClash Find(PlanFile file, Compilation compilation, CancellationToken cancellation)
    {
        if (file.Plan is not { } plan)
        {
            return new NameClash(file, null);
        }

        string name = plan.Class.Namespace.Length == 0 ? plan.Class.Name : $"{plan.Class.Namespace}.{plan.Class.Name}";
        SyntaxNode? other = compilation.Assembly.GetTypeByMetadataName(name)?.DeclaringSyntaxReferences
            .Select(reference => reference.GetSyntax(cancellation)).FirstOrDefault(node => !IsPartialClass(node));
        return new NameClash(file, other is null ? null : $"{Kind(other)} ({System.IO.Path.GetFileName(other.SyntaxTree.FilePath)})");
    }

    private static bool IsPartialClass(SyntaxNode node) =>
        node is ClassDeclarationSyntax type && type.Modifiers.Any(SyntaxKind.PartialKeyword);

    private static string Kind(SyntaxNode node) => node.Kind() switch
    {
        SyntaxKind.ClassDeclaration => "a class",
        SyntaxKind.StructDeclaration => "a struct",
        SyntaxKind.InterfaceDeclaration => "an interface",
        SyntaxKind.EnumDeclaration => "an enum",
        SyntaxKind.DelegateDeclaration => "a delegate",
        _ => "a record",
    };
}
