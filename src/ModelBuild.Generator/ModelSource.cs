using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;
using ModelBuild.Generator.Diagnostics;
using ModelBuild.Generator.Emit;
using ModelBuild.Plan;

namespace ModelBuild.Generator;

/// <summary>What a plan becomes: a source file, or a word about why there is none.</summary>
internal abstract record ModelSource
{
    /// <summary>Without a byte order mark: generated files are read and compared by people.</summary>
    private static readonly Encoding s_utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    /// <summary>What generated code is written in.</summary>
    private const LanguageVersion OldestLanguage = LanguageVersion.CSharp10;

    /// <summary>The first version of the language in which one overload can be preferred to another.</summary>
    private const LanguageVersion LanguageOfPriorities = LanguageVersion.CSharp13;

    public static ModelSource Create(NamedPlan file, References references, string version, LanguageVersion language) =>
        file is { Taken: { } taken, Place: { } place } ? new WithoutName(file.File.Plan!.Class, taken, place)
        : Create(file.File, references, version, language);

    public static ModelSource Create(PlanFile file, References references, string version, LanguageVersion language) =>
        file.Plan is not { } plan ? new Unreadable(file.Path, file.Error)
        : !references.Runtime ? new WithoutRuntime(plan.Class.Name)
        : plan.Backend == PlanBackend.OnnxRuntime && !references.OnnxRuntime ? new WithoutOnnxRuntime(plan.Class.Name)
        : HidingType(plan.Class, references) is { } type ? new Hidden(plan.Class.Name, type)
        : language < OldestLanguage ? new InOldLanguage(plan.Class.Name, language.ToDisplayString())
        : new Source(ModelEmitter.HintName(plan.Class), ModelEmitter.Emit(plan, version, language >= LanguageOfPriorities));

    /// <summary>What is in the way of the runtime's namespaces: a type of the project, or the class itself.</summary>
    private static string? HidingType(PlanClass @class, References references)
    {
        string own = @class.FullName;
        return References.Hides(own) ? own : references.HidingType;
    }

    public abstract void AddTo(SourceProductionContext output, HelpPages help);

    private sealed record Source(string HintName, string Text) : ModelSource
    {
        public override void AddTo(SourceProductionContext output, HelpPages help) =>
            output.AddSource(HintName, SourceText.From(Text, s_utf8));
    }

    private sealed record WithoutRuntime(string ClassName) : ModelSource
    {
        public override void AddTo(SourceProductionContext output, HelpPages help) =>
            output.ReportDiagnostic(help.Diagnose(DiagnosticDescriptors.RuntimeMissing, Location.None, ClassName));
    }

    private sealed record WithoutOnnxRuntime(string ClassName) : ModelSource
    {
        public override void AddTo(SourceProductionContext output, HelpPages help) =>
            output.ReportDiagnostic(help.Diagnose(DiagnosticDescriptors.OnnxRuntimeMissing, Location.None, ClassName));
    }

    private sealed record Hidden(string ClassName, string Type) : ModelSource
    {
        public override void AddTo(SourceProductionContext output, HelpPages help) =>
            output.ReportDiagnostic(help.Diagnose(DiagnosticDescriptors.NamespaceHidden, Location.None, ClassName, Type));
    }

    private sealed record WithoutName(PlanClass Class, string Taken, SourcePlace Place) : ModelSource
    {
        public override void AddTo(SourceProductionContext output, HelpPages help) =>
            output.ReportDiagnostic(
                help.Diagnose(DiagnosticDescriptors.NameTaken, Place.ToLocation(), Class.Name, Taken, Class.Accessibility));
    }

    private sealed record InOldLanguage(string ClassName, string Language) : ModelSource
    {
        public override void AddTo(SourceProductionContext output, HelpPages help) =>
            output.ReportDiagnostic(help.Diagnose(DiagnosticDescriptors.LanguageTooOld, Location.None, ClassName, Language));
    }

    private sealed record Unreadable(string Path, string Error) : ModelSource
    {
        public override void AddTo(SourceProductionContext output, HelpPages help)
        {
            string file = System.IO.Path.GetFileName(Path);
            var location = Location.Create(Path, default, default);
            output.ReportDiagnostic(help.Diagnose(DiagnosticDescriptors.PlanUnreadable, location, file, Error));
        }
    }
}
