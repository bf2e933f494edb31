namespace ModelBuild.TestSupport;

/// <summary>Memory of a port that ends where an inaccessible page begins, of an element type that only the plan knows.</summary>
internal interface IGuardedArray : IDisposable
{
    Span<byte> Bytes { get; }

    /// <summary>Throws if something was written around it.</summary>
    void Verify();
}
