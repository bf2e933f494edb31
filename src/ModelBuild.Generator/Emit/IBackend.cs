using System.Collections.Generic;

namespace ModelBuild.Generator.Emit;

/// <summary>
/// Writes what is behind the surface of a class: how the model is run. The surface itself is the same whoever runs it. Nothing of this is
/// asked of a surface plan but what documents the class.
/// </summary>
internal interface IBackend
{
    /// <summary>The namespaces that code behind the surface names by an alias.</summary>
    IEnumerable<(string Alias, string Namespace)> Aliases { get; }

    /// <summary>What the assembly carries.</summary>
    string Payload { get; }

    /// <summary>Whose code runs, for the remarks of the class.</summary>
    string Remarks { get; }

    /// <summary>More of the table in the remarks of the class.</summary>
    IEnumerable<(string Term, string Description)> Facts { get; }

    /// <summary>What a call into the caller's memory allocates, as a sentence.</summary>
    string Allocations { get; }

    /// <summary>The documentation of the method that gives working memory back.</summary>
    string TrimDocumentation { get; }

    /// <summary>What <c>ModelOptions</c> say here, as a sentence.</summary>
    string Options { get; }

    /// <summary>The state of the class and of an instance.</summary>
    void EmitFields(SourceWriter writer);

    /// <summary>The statements that make an instance of <c>options</c>.</summary>
    void EmitOptions(SourceWriter writer);

    /// <summary>
    /// The statements that run the model, once all arguments were checked and all symbols that inputs tell have variables.
    /// </summary>
    void EmitRun(SourceWriter writer);

    /// <summary>The statements that give working memory back.</summary>
    void EmitTrim(SourceWriter writer);

    /// <summary>The methods and classes that <see cref="EmitRun"/> needs.</summary>
    void EmitMembers(SourceWriter writer);

    /// <summary>What the project may implement, which is there in a surface plan too.</summary>
    void EmitHooks(SourceWriter writer);
}
