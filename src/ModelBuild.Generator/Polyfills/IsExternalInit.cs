namespace System.Runtime.CompilerServices;

/// <summary>What the compiler looks for before it allows records; .NET Standard 2.0 does not have it.</summary>
internal static class IsExternalInit;
