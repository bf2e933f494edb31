using System;
using System.IO;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace ModelBuild.Generator.Diagnostics;

/// <summary>
/// The pages about errors, which lie in the package: the build says where, and the compiler names them behind the message.
/// </summary>
/// <param name="Directory">The folder; empty where the build does not say.</param>
internal sealed record HelpPages(string Directory)
{
    /// <summary>The build's property, as the compiler is told of it.</summary>
    private const string Property = "build_property._ModelBuildHelpDirectory";

    public static HelpPages Of(AnalyzerConfigOptions options) =>
        new(options.TryGetValue(Property, out string? directory) ? directory : "");

    public Diagnostic Diagnose(DiagnosticDescriptor descriptor, Location location, params object[] words)
    {
        if (Directory.Length > 0)
        {
            descriptor = new DiagnosticDescriptor(
                descriptor.Id, descriptor.Title, descriptor.MessageFormat, descriptor.Category, descriptor.DefaultSeverity,
                descriptor.IsEnabledByDefault, helpLinkUri: new Uri(Path.Combine(Directory, descriptor.Id + ".md")).AbsoluteUri);
        }

        return Diagnostic.Create(descriptor, location, words);
    }
}
