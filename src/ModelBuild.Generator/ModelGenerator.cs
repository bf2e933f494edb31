using System;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using ModelBuild.Generator.Diagnostics;
using ModelBuild.Plan;

namespace ModelBuild.Generator;

/// <summary>
/// Makes the typed class of every model that the build compiled: each additional file <c>*.plan</c> becomes one source file. Plans
/// are text of some kilobytes; nothing else is read, and nothing that is passed on holds on to a compilation.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class ModelGenerator : IIncrementalGenerator
{
    private const string PlanExtension = ".plan";

    private static readonly string s_version = typeof(ModelGenerator).Assembly.GetName().Version.ToString();

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValuesProvider<PlanFile> files = context.AdditionalTextsProvider
            .Where(static file => file.Path.EndsWith(PlanExtension, StringComparison.OrdinalIgnoreCase))
            .Select(Read)
            .Where(static file => file is not null)
            .Select(static (file, _) => file!)
            .WithTrackingName(TrackingNames.Plans);

        IncrementalValueProvider<References> references = context.CompilationProvider
            .Select(static (compilation, _) => References.Of(compilation))
            .WithTrackingName(TrackingNames.Runtime);

        IncrementalValueProvider<LanguageVersion> language = context.ParseOptionsProvider
            .Select(static (options, _) => ((CSharpParseOptions)options).LanguageVersion)
            .WithTrackingName(TrackingNames.Language);

        IncrementalValuesProvider<NamedPlan> names = files
            .Combine(context.CompilationProvider)
            .Select(static (pair, cancellation) => NamedPlan.Find(pair.Left, pair.Right, cancellation))
            .WithTrackingName(TrackingNames.Names);

        IncrementalValuesProvider<ModelSource> sources = names
            .Combine(references.Combine(language))
            .Select(static (pair, _) => ModelSource.Create(pair.Left, pair.Right.Left, s_version, pair.Right.Right))
            .WithTrackingName(TrackingNames.Sources);

        IncrementalValueProvider<HelpPages> help = context.AnalyzerConfigOptionsProvider
            .Select(static (options, _) => HelpPages.Of(options.GlobalOptions));

        context.RegisterSourceOutput(sources.Combine(help), static (output, pair) => pair.Left.AddTo(output, pair.Right));
    }

    private static PlanFile? Read(AdditionalText file, CancellationToken cancellation) =>
        file.GetText(cancellation)?.ToString() is string text && PlanReader.IsPlan(text) ? PlanFile.Read(file.Path, text) : null;
}
