using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ModelBuild.Plan;

namespace ModelBuild.Generator;

/// <summary>A plan, and what of the project has its name.</summary>
/// <param name="File">The plan.</param>
/// <param name="Taken">
/// What the project declares under the name, as a sentence has it: <c>a struct</c>. Null where nothing stands in the way: a partial class
/// is one with the generated.
/// </param>
/// <param name="Place">Where it is declared; null where nothing is.</param>
internal sealed record NamedPlan(PlanFile File, string? Taken, SourcePlace? Place)
{
    public static NamedPlan Find(PlanFile file, Compilation compilation, CancellationToken cancellation)
    {
        if (file.Plan is not { } plan)
        {
            return new NamedPlan(file, null, null);
        }

        SyntaxNode? other = Declarations(compilation.Assembly, plan.Class)
            .Select(reference => reference.GetSyntax(cancellation)).FirstOrDefault(node => !IsPart(node, plan.Class));
        return new NamedPlan(file, other is null ? null : Kind(other), other is null ? null : SourcePlace.Of(other));
    }

    private static SyntaxReference[] Declarations(IAssemblySymbol project, PlanClass @class)
    {
        string name = @class.FullName;
        return [.. (project.GetTypeByMetadataName(name) ?? Namespace(project, name))?.DeclaringSyntaxReferences ?? []];
    }

    private static ISymbol? Namespace(IAssemblySymbol project, string name)
    {
        INamespaceSymbol? space = project.GlobalNamespace;
        foreach (string part in name.Split('.'))
        {
            space = space?.GetNamespaceMembers().FirstOrDefault(member => member.Name == part);
        }

        return space;
    }

    /// <summary>Whether both can be one class.</summary>
    private static bool IsPart(SyntaxNode node, PlanClass @class)
    {
        if (node is not ClassDeclarationSyntax type)
        {
            return false;
        }

        string[] words = [.. type.Modifiers.Select(modifier => modifier.ValueText)];
        return words.Contains("partial") && !words.Contains("static") && !words.Contains("abstract")
            && words.All(word => word is not ("public" or "internal") || word == @class.Accessibility);
    }

    private static string Kind(SyntaxNode node) => node.Kind() switch
    {
        SyntaxKind.ClassDeclaration => Class(((ClassDeclarationSyntax)node).Modifiers),
        SyntaxKind.StructDeclaration => "a struct",
        SyntaxKind.InterfaceDeclaration => "an interface",
        SyntaxKind.EnumDeclaration => "an enum",
        SyntaxKind.DelegateDeclaration => "a delegate",
        SyntaxKind.NamespaceDeclaration or SyntaxKind.FileScopedNamespaceDeclaration => "a namespace",
        _ => "a record",
    };

    private static string Class(SyntaxTokenList modifiers) =>
        modifiers.Any(SyntaxKind.StaticKeyword) ? "a static class"
        : modifiers.Any(SyntaxKind.AbstractKeyword) ? "an abstract class"
        : !modifiers.Any(SyntaxKind.PartialKeyword) ? "a class"
        : modifiers.Any(SyntaxKind.PublicKeyword) ? "a public class" : "an internal class";
}
