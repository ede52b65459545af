// SPDX-License-Identifier: GPL-2.0-only
// A module for clang-tidy, loaded by tidy.sh. Left to itself, clang-tidy 19 matches every check
// against all that a source includes, the standard library too, and throws away what it finds
// there: two thirds of its time. clang-tidy 21 leaves system headers out by itself.
#include <clang-tidy/ClangTidyCheck.h>
#include <clang-tidy/ClangTidyModule.h>
#include <clang-tidy/ClangTidyModuleRegistry.h>
#include <clang/AST/ASTContext.h>
#include <clang/AST/DeclBase.h>
#include <clang/ASTMatchers/ASTMatchFinder.h>
#include <clang/ASTMatchers/ASTMatchers.h>
#include <clang/Basic/SourceManager.h>

#include <vector>

namespace {

using clang::ast_matchers::MatchFinder;

/// Reports nothing: where the translation unit is matched, which is before its declarations are, it
/// narrows the traversal to those outside system headers. Checks ask the preprocessor and the
/// declarations that these name as before.
class OwnCodeCheck : public clang::tidy::ClangTidyCheck {
public:
    using ClangTidyCheck::ClangTidyCheck;

    void registerMatchers(MatchFinder *finder) override
    {
        finder->addMatcher(clang::ast_matchers::translationUnitDecl(), this);
    }

    void check(const MatchFinder::MatchResult &result) override
    {
        std::vector<clang::Decl *> own;
        for (clang::Decl *declaration : result.Context->getTranslationUnitDecl()->decls()) {
            if (!result.SourceManager->isInSystemHeader(declaration->getLocation())) {
                own.push_back(declaration);
            }
        }
        result.Context->setTraversalScope(own);
    }
};

class OwnCodeModule : public clang::tidy::ClangTidyModule {
public:
    void addCheckFactories(clang::tidy::ClangTidyCheckFactories &factories) override
    {
        factories.registerCheck<OwnCodeCheck>("own-code");
    }
};

const clang::tidy::ClangTidyModuleRegistry::Add<OwnCodeModule> registration{
    "own-code", "leaves system headers out of what checks are matched against"};

} // namespace
