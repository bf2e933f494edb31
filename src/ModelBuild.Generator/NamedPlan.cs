using System;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ModelBuild.Plan;

namespace ModelBuild.Generator;

/// <summary>A plan, and what of the project has the name of its class.</summary>
/// <param name="File">The plan.</param>
/// <param name="Taken">
/// What the project declares under the name, as a sentence has it, with its place: <c>a struct (Program.cs)</c>. Null where nothing stands
/// in the way. A partial class is taken to be meant as one with the generated: what of it does not fit, C# says.
/// </param>
internal sealed record NamedPlan(PlanFile File, string? Taken)
{
    public static NamedPlan Find(PlanFile file, Compilation compilation, CancellationToken cancellation)
    {
        if (file.Plan is not { } plan)
        {
            return new NamedPlan(file, null);
        }

        INamespaceSymbol? space = compilation.Assembly.GlobalNamespace;
        foreach (string part in plan.Class.Namespace.Split(['.'], StringSplitOptions.RemoveEmptyEntries))
        {
            space = space?.GetNamespaceMembers().FirstOrDefault(n => n.Name == part);
        }

        if (space?.GetNamespaceMembers().Any(n => n.Name == plan.Class.Name) == true)
        {
            return new NamedPlan(file, "a namespace");
        }

        SyntaxNode? other = space?.GetTypeMembers(plan.Class.Name, arity: 0).SelectMany(type => type.DeclaringSyntaxReferences)
            .Select(reference => reference.GetSyntax(cancellation)).FirstOrDefault(node => !IsPartialClass(node));
        return new NamedPlan(file, other is null ? null : Kind(other) + Place(other));
    }

    private static bool IsPartialClass(SyntaxNode node) =>
        node is ClassDeclarationSyntax type && type.Modifiers.Any(SyntaxKind.PartialKeyword);

    private static string Place(SyntaxNode node) =>
        node.SyntaxTree.FilePath is { Length: > 0 } path ? $" ({System.IO.Path.GetFileName(path)})" : "";

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
